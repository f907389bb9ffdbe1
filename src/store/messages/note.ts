/** The note of a message shown in lists: its decision, or the last message or error of its functions. */
import type { Decision, Verification } from "../../model/decision.ts";
import type { ScriptFailure } from "../../model/failure-kind.ts";
import { type NearUri, nearUriText } from "../../model/nearest-uri.ts";

const MAX_CHARACTERS = 500;

/** The parts of an attempt's report that a note uses. */
interface AttemptReport {
  readonly failure?: ScriptFailure;
  readonly message?: string;
}

/** Undefined when the attempt set no message and did not fail. */
export function noteOfAttempt({ failure, message }: AttemptReport): string | undefined {
  const line = failure === undefined ? message : `${failure.name}: ${failure.message}`;
  // Cutting may leave half a surrogate pair at the end: it is removed.
  return line?.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, "");
}

/** The attempts are in the order in which they ended. The note of a failure is not overwritten by a success. */
export function noteOfAttempts(attempts: readonly AttemptReport[]): string | undefined {
  const failures = attempts.filter(({ failure }) => failure !== undefined);
  return (failures.length > 0 ? failures : attempts)
    .map(noteOfAttempt)
    .findLast((line) => line !== undefined);
}

/** Earlier messages of the same delivery. */
interface SameDelivery {
  readonly duplicateOf?: string;
  readonly repetitionOf?: string;
}

export function noteOfDecision(
  decision: Decision,
  { duplicateOf, repetitionOf }: SameDelivery,
): string | null {
  if (duplicateOf !== undefined) return `the same delivery as ${duplicateOf}`;
  if (repetitionOf !== undefined) return `runs again what failed in ${repetitionOf}`;
  switch (decision.kind) {
    case "unmatched":
      return `no provider matched${hint(decision)}`;
    case "no-function":
      return `provider ${decision.provider} has no function for this URI${hint(decision)}`;
    case "rejected":
      return noteOfRejection(decision.verification);
    case "handshake":
      return "handshake answered";
    case "accepted":
      return null;
  }
}

const hint = ({ nearUris = [] }: { readonly nearUris?: readonly NearUri[] }): string =>
  nearUris.length === 0 ? "" : `; nearest: ${nearUriText(nearUris)}`;

/** The text after a colon comes from a script. */
const noteOfRejection = ({ reason, isOwnReason }: Verification): string =>
  isOwnReason === true
    ? `verification failed, as ${reason}`
    : `verification failed: ${reason ?? "no reason given"}`;
