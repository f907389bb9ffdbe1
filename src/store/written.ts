/** What the writes of the message log lead to. */
import type { Claim } from "./executions/execution-table.ts";
import type { EndedMessage, Verdict } from "./messages/message-table.ts";

/** What accepting a message led to. */
export interface Accepted {
  readonly verdict: Verdict;
  /** Executions that were claimed as they were stored. */
  readonly claims: readonly Claim[];
}

/** What recording an outcome led to. */
export interface Recorded {
  /** The claim was not the latest any more; nothing was written. */
  readonly stale: boolean;
  /** How the message ended; undefined while something is owed to it. */
  readonly ended: EndedMessage | undefined;
  /** Executions that waited for this one may run now, or it runs again. */
  readonly moreDue: boolean;
}
