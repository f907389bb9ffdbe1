/** What the guest hands to the child with `hostPost`: the kinds, and the JSON that goes with some of them. */
import type { FailureKind, LogLine } from "../../model/execution.ts";
import type { MatchEntry, MatchReport, RunReport } from "./protocol.ts";

/**
 * `log`: a `LogPost`. `done`: a `RunDone` or a `MatchDone`. `no`: a match script says no and nothing else. `call`: a
 * `CallPost`. `cancel`: the number of a call. `grace`: the run has an `AbortSignal` that somebody listens to. `late`: a
 * `ctx` of an earlier run was used.
 */
export type PostKind = "log" | "done" | "no" | "call" | "cancel" | "grace" | "late";

export interface LogPost extends LogLine {
  /** The length of the line before it crossed, in UTF-16 code units. */
  readonly units: number;
}

/** The guest numbers its calls; `argument` is whatever the script gave. */
export interface CallPost {
  readonly call: number;
  readonly operation: string;
  readonly argument: unknown;
}

/** An error as the guest reads it: positions are found by the child. */
export interface ThrownFault {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface GuestFault extends ThrownFault {
  readonly kind: FailureKind;
}

/** What a run says beside its log. */
export type SaidByRun = Omit<RunReport, "logs" | "durationMs" | "fault">;

export interface RunDone {
  readonly report: SaidByRun & { readonly fault?: GuestFault };
  /** Host calls the script did not wait for. */
  readonly left: number;
  /** What cannot be frozen was left as it was. */
  readonly pristine: boolean;
}

/** What a match script says beside its log. */
export type MatchDone = Omit<MatchReport, "entries"> & {
  readonly entry: Omit<MatchEntry, "provider" | "durationMs">;
};
