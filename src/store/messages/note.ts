/** The line of a message that lists show: what was decided about it, or what its functions said. */
import type { Decision, Verification } from "../../model/decision.ts";
import type { ScriptFailure } from "../../model/execution.ts";

const MAX_CHARACTERS = 500;

/** What an attempt says of itself. */
interface Said {
  readonly failure?: ScriptFailure;
  readonly message?: string;
}

/** Undefined when it has nothing to say. */
export function noteOfAttempt({ failure, message }: Said): string | undefined {
  const line = failure === undefined ? message : `${failure.name}: ${failure.message}`;
  // Half a character at the end is none.
  return line?.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, "");
}

/** Of attempts in the order in which they ended. What a failure says is not overwritten by what succeeds. */
export function noteOfAttempts(attempts: readonly Said[]): string | undefined {
  const failures = attempts.filter(({ failure }) => failure !== undefined);
  return (failures.length > 0 ? failures : attempts)
    .map(noteOfAttempt)
    .findLast((line) => line !== undefined);
}

export function noteOfDecision(decision: Decision, duplicateOf: string | undefined): string | null {
  if (duplicateOf !== undefined) return `the same delivery as ${duplicateOf}`;
  switch (decision.kind) {
    case "unmatched":
      return "no provider matched";
    case "no-function":
      return `provider ${decision.provider} has no function for this URI`;
    case "rejected":
      return noteOfRejection(decision.verification);
    case "handshake":
      return "handshake answered";
    case "accepted":
      return null;
  }
}

/** What follows a colon is the word of a script. */
const noteOfRejection = ({ reason, isOwnReason }: Verification): string =>
  isOwnReason === true
    ? `verification failed, as ${reason}`
    : `verification failed: ${reason ?? "no reason given"}`;
