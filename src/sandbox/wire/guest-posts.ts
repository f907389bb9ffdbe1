/** The posts that the guest sends to the child with `hostPost`: their kinds, and their JSON. */
import type { FailureKind } from "../../model/failure-kind.ts";
import type { LogLine } from "../../model/outcome.ts";
import type { MatchEntry, MatchReport, RunReport } from "./protocol.ts";

/**
 * `log`: a `LogPost`. `done`: a `RunDone` or a `MatchDone`. `no`: a match script returned no, and nothing else.
 * `call`: a `CallPost`. `cancel`: the number of a call. `grace`: the run has a listener on its `AbortSignal`. `late`:
 * the `ctx` of an earlier run was used.
 */
export type PostKind = "log" | "done" | "no" | "call" | "cancel" | "grace" | "late";

export interface LogPost extends LogLine {
  /** The length of the line before it was cut, in UTF-16 code units. */
  readonly units: number;
}

/** The guest numbers its calls. `argument` comes from the script and is not validated. */
export interface CallPost {
  readonly call: number;
  readonly operation: string;
  readonly argument: unknown;
}

/** What was thrown, as text. The child finds its position and masks its secrets. */
export interface Thrown extends ThrownError {
  /** Its `cause`, the errors of an `AggregateError`, and theirs in turn; absent if there are none. */
  readonly causes?: readonly ThrownError[];
}

export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface RawFault extends Thrown {
  readonly kind: FailureKind;
}

/** The report of a run, without its log. */
export type RunResult = Omit<RunReport, "logs" | "durationMs" | "fault">;

export interface RunDone {
  readonly report: RunResult & { readonly fault?: RawFault };
  /** Host calls that the script did not wait for. */
  readonly openCalls: number;
  /** True if the script left the intrinsics that cannot be frozen unchanged. */
  readonly pristine: boolean;
}

/** The report of a match script, without its log. */
export type MatchDone = Omit<MatchReport, "entries"> & {
  readonly entry: Omit<MatchEntry, "provider" | "durationMs">;
  /** SHA-256 of the whole delivery id, if that was cut. */
  readonly deliveryDigest?: string;
};
