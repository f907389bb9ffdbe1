/** The match decision about a message: its provider, its authenticity, the functions to run, and the trace. */

import type { ScriptFailure } from "./failure-kind.ts";
import { headersAsJson, type Message } from "./message.ts";
import type { NearUri } from "./nearest-uri.ts";
import type { LogLine, ScriptResponse } from "./outcome.ts";
import type { RetryPolicy } from "./retry.ts";

/** One provider in the trace: its match script ran, or it was skipped because of its `when`. */
export interface TraceEntry {
  readonly provider: string;
  readonly version: string;
  readonly matched: boolean;
  readonly durationMs: number;
  /** Why its script did not run: the part of `when` that the request does not meet. */
  readonly passedOver?: string;
  /** For example, the script returned a truthy value that is not `true`, which does not match. */
  readonly warning?: string;
  readonly error?: ScriptFailure;
  readonly logs?: readonly LogLine[];
}

export const VERIFICATION_MODES = ["auto", "enforce", "report", "off"] as const;
export type VerificationMode = (typeof VERIFICATION_MODES)[number];

export interface Verification {
  /** The mode in force: `auto` is resolved to `report` or `enforce`. */
  readonly mode: Exclude<VerificationMode, "auto">;
  /** `skipped`: verification is off, or the message is an edited copy. */
  readonly result: "ok" | "failed" | "skipped";
  readonly reason?: string;
  /** True if the reason is the server's own text. A reason from a script may quote the message. */
  readonly isOwnReason?: true;
  readonly error?: ScriptFailure;
  /** The authentication challenge for a refused sender: some senders send a password only after it. */
  readonly challenge?: "basic";
}

/** A function that must run on the message, as it was installed at the decision. */
export interface OwedFunction {
  readonly name: string;
  readonly version: string;
  /** The values of the `:name` segments of the function's URI pattern. */
  readonly params: Readonly<Record<string, string>>;
  /** Functions without an order run first, in parallel; the others follow in groups, lowest order first. */
  readonly order?: number;
  readonly retry: RetryPolicy;
}

const positionOf = ({ order }: OwedFunction) => order ?? Number.NEGATIVE_INFINITY;

/** The functions that start first: those without an order, or else the first group. */
export function firstToRun(functions: readonly OwedFunction[]): readonly OwedFunction[] {
  const first = Math.min(...functions.map(positionOf));
  return functions.filter((owed) => positionOf(owed) === first);
}

/** True if other functions of the message wait for this one. */
export const isFollowed = (owed: OwedFunction, functions: readonly OwedFunction[]): boolean =>
  functions.some((other) => positionOf(other) > positionOf(owed));

/** The facts about a message whose provider is known. */
export interface Matched {
  readonly provider: string;
  readonly verification: Verification;
  readonly eventType?: string;
  readonly deliveryId?: string;
  /** Seconds within which the same delivery id counts as a duplicate; 0 means never. */
  readonly dedupeSeconds: number;
  /** True if the answer waits for the functions even if the sender did not ask for that. */
  readonly sync: boolean;
  /** The status of the asynchronous answer. */
  readonly acceptStatus: number;
}

export type Decision = {
  readonly trace: readonly TraceEntry[];
  /** CPU milliseconds of matching in the sandbox; absent if negligible. */
  readonly matchMs?: number;
} & (
  | { readonly kind: "unmatched"; readonly nearUris?: readonly NearUri[] }
  | (Matched & { readonly kind: "no-function"; readonly nearUris?: readonly NearUri[] })
  | (Matched & { readonly kind: "rejected" })
  | (Matched & { readonly kind: "handshake"; readonly response: ScriptResponse })
  | (Matched & {
      readonly kind: "accepted";
      readonly functions: readonly [OwedFunction, ...OwedFunction[]];
    })
);

/**
 * Whether the answer waits for the functions. The answer to a resubmission goes to the operator, so only the operator
 * can ask for that.
 */
export const isSynchronous = (message: Message, decision: Decision | undefined): boolean =>
  message.sync ||
  (message.resubmission === undefined &&
    decision !== undefined &&
    decision.kind !== "unmatched" &&
    decision.sync);

/** At least one function must run. */
export type AcceptedDecision = Extract<Decision, { readonly kind: "accepted" }>;

/**
 * True for a stranger's message: it matched no provider, or no function runs on it and its verification did not
 * succeed. Anyone could have sent it.
 */
export const isFromStranger = (decision: Decision): boolean =>
  decision.kind === "unmatched" ||
  (decision.kind !== "accepted" && decision.verification.result !== "ok");

/**
 * Approximate bytes of rows and indexes per message, without the parts that the sender controls, and per trace entry.
 */
const ROW_BYTES = 512;
const TRACE_ENTRY_BYTES = 256;

/** Approximate bytes that a stranger's message takes in the log; undefined for other messages. */
export function strangerBytes(
  message: Message,
  decision: Decision | undefined,
): number | undefined {
  if (decision === undefined || message.resubmission !== undefined || !isFromStranger(decision))
    return undefined;
  const requestLine = message.path.length + message.uri.length + message.queryString.length;
  // A skipped provider takes no space.
  const called = decision.trace.filter(({ passedOver }) => passedOver === undefined);
  const own = ROW_BYTES + TRACE_ENTRY_BYTES * called.length;
  return message.body.length + headersAsJson(message).length + requestLine + own;
}
