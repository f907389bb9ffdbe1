/** Results of the writes of the message log. */
import type { Claim } from "./executions/execution-table.ts";
import type { EndedMessage, Verdict } from "./messages/message-table.ts";

/** Result of storing a message. */
export interface Accepted {
  readonly verdict: Verdict;
  /** Executions claimed in the same commit. */
  readonly claims: readonly Claim[];
}

/** Result of recording an outcome. */
export interface Recorded {
  /** A later claim exists; nothing was written. */
  readonly stale: boolean;
  /** How the message ended; undefined while executions are pending. */
  readonly ended: EndedMessage | undefined;
  /** Executions that waited for this one are due, or this one is retried. */
  readonly moreDue: boolean;
}
