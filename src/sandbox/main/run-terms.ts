/** The terms of a run of a function: its limits, and how main carries out its host calls. */
import type { HostAnswer, HostCall } from "../wire/protocol.ts";
import type { CallRoom } from "./call-room.ts";

export interface HostReply {
  readonly answer: HostAnswer;
  readonly body?: Buffer;
}

/** For a run that starts before its message is stored. */
export interface Provisional {
  /** Host calls wait for this. False: the message was refused, and the run must have no effect. */
  readonly stored: Promise<boolean>;
  /** Called when the run did not end synchronously, so it may take longer. */
  readonly onWaiting: () => void;
}

export interface RunTerms {
  /** The child's key for the function. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly hostCalls: number;
  readonly provisional: Provisional | undefined;
  /** `waitedMs`: how long the call was queued in the child. */
  readonly roomFor: (waitedMs: number) => CallRoom;
  /**
   * Never rejects. `signal` aborts when the call is cancelled. The caller releases the room when the answer is sent.
   */
  readonly callHost: (call: HostCall, signal: AbortSignal, room: CallRoom) => Promise<HostReply>;
}
