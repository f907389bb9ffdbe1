/** What matching found out about a message: which provider, is it authentic, which functions, and why. */
import type { LogLine, RetryPolicy, ScriptFailure, ScriptResponse } from "./execution.ts";
import { headersAsJson, type Message } from "./message.ts";

/** One provider, as far as it came: a match script that was asked, or one that was passed over. */
export interface TraceEntry {
  readonly provider: string;
  readonly version: string;
  readonly matched: boolean;
  readonly durationMs: number;
  /** Why its script was not asked: the part of `when` that the request does not meet. */
  readonly passedOver?: string;
  /** For example a truthy value that is not `true`, which does not match. */
  readonly warning?: string;
  readonly error?: ScriptFailure;
  readonly logs?: readonly LogLine[];
}

export const VERIFICATION_MODES = ["auto", "enforce", "report", "off"] as const;
export type VerificationMode = (typeof VERIFICATION_MODES)[number];

export interface Verification {
  /** The mode in force: `auto` has become `report` or `enforce`. */
  readonly mode: Exclude<VerificationMode, "auto">;
  /** `skipped`: switched off, nothing to verify with, or an edited copy. */
  readonly result: "ok" | "failed" | "skipped";
  readonly reason?: string;
  /** The reason is in the server's own words: one that a script gives may quote the message. */
  readonly isOwnReason?: true;
  readonly error?: ScriptFailure;
  /** What a sender that is refused is asked for: some send a password only then. */
  readonly challenge?: "basic";
}

/** A function this message is owed, as it stood when it was decided. */
export interface OwedFunction {
  readonly name: string;
  readonly version: string;
  /** What `:name` parts of the function's URI pattern stood for. */
  readonly params: Readonly<Record<string, string>>;
  /** Functions without one run side by side; the others in groups, lowest first, after those without. */
  readonly order?: number;
  readonly retry: RetryPolicy;
}

const positionOf = ({ order }: OwedFunction) => order ?? Number.NEGATIVE_INFINITY;

/** Those that run at once: the ones without an order, or else the first group in order. */
export function firstToRun(functions: readonly OwedFunction[]): readonly OwedFunction[] {
  const first = Math.min(...functions.map(positionOf));
  return functions.filter((owed) => positionOf(owed) === first);
}

/** Whether others of the message wait for this one. */
export const isFollowed = (owed: OwedFunction, functions: readonly OwedFunction[]): boolean =>
  functions.some((other) => positionOf(other) > positionOf(owed));

/** What is known of a message once its provider is. */
export interface Matched {
  readonly provider: string;
  readonly verification: Verification;
  readonly eventType?: string;
  readonly deliveryId?: string;
  /** Seconds in which the same delivery id counts as a duplicate; 0 never. */
  readonly dedupeSeconds: number;
  /** Wait for the functions although the sender did not ask. */
  readonly sync: boolean;
  /** The status of the asynchronous answer. */
  readonly acceptStatus: number;
}

export type Decision = {
  readonly trace: readonly TraceEntry[];
  /** CPU time that matching took in the sandbox, in milliseconds; absent when it is not worth counting. */
  readonly matchMs?: number;
} & (
  | { readonly kind: "unmatched" }
  | (Matched & { readonly kind: "no-function" })
  | (Matched & { readonly kind: "rejected" })
  | (Matched & { readonly kind: "handshake"; readonly response: ScriptResponse })
  | (Matched & {
      readonly kind: "accepted";
      readonly functions: readonly [OwedFunction, ...OwedFunction[]];
    })
);

/** Functions are owed to the message. */
export type AcceptedDecision = Extract<Decision, { readonly kind: "accepted" }>;

/** Nothing runs on it and nobody vouches for it: anybody could have sent such a message. */
export const isStrange = (decision: Decision): boolean =>
  decision.kind === "unmatched" ||
  (decision.kind !== "accepted" && decision.verification.result !== "ok");

/** What rows and indexes take beside what a sender can choose, and an entry of a trace: about, in bytes. */
const ROW_BYTES = 512;
const TRACE_ENTRY_BYTES = 256;

/** About what a stranger's message takes in the log, in bytes; undefined for other messages. */
export function strangerBytes(
  message: Message,
  decision: Decision | undefined,
): number | undefined {
  if (decision === undefined || message.resubmission !== undefined || !isStrange(decision))
    return undefined;
  const line = message.path.length + message.uri.length + message.queryString.length;
  // A provider that was passed over takes nothing.
  const asked = decision.trace.filter(({ passedOver }) => passedOver === undefined);
  const own = ROW_BYTES + TRACE_ENTRY_BYTES * asked.length;
  return message.body.length + headersAsJson(message).length + line + own;
}
