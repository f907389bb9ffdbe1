/** What a run of a function may ask of main from within its child. */
import type { HostAnswer, HostCall } from "../wire/protocol.ts";
import type { CallRoom } from "./call-room.ts";

export interface HostReply {
  readonly answer: HostAnswer;
  readonly body?: Buffer;
}

/** What there is to a run whose message is not stored yet. */
export interface Provisional {
  /** What it asks of main waits for this. False: the message was refused, and nothing of the run may be left. */
  readonly stored: Promise<boolean>;
  /** It has not ended in its first entry: it may take a while. */
  readonly onWaiting: () => void;
}

/** What a run of a function may do from within its child, and how long. */
export interface RunTerms {
  /** Of the function, as the child knows it. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly hostCalls: number;
  readonly provisional: Provisional | undefined;
  /** For a call that waited so long in its child. */
  readonly roomFor: (waitedMs: number) => CallRoom;
  /** Never rejects. `signal`: nobody waits for the answer any more. The room is the call's as long as the answer is held. */
  readonly callHost: (call: HostCall, signal: AbortSignal, room: CallRoom) => Promise<HostReply>;
}
