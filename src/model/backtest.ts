/** Backtests: drafts compared with the installed scripts on past messages, and the findings for each message. */

import type { Decision } from "./decision.ts";
import type { Provider, WebhookFunction } from "./definition.ts";
import type { Message } from "./message.ts";
import type { Outcome } from "./outcome.ts";
import type { ProviderMatches } from "./provider-matches.ts";
import type { OUTCOME_STATUSES } from "./trial.ts";

export interface BacktestPlan {
  /** The installed providers and functions, with drafts added or in place of those of the same name. */
  readonly providers: readonly Provider[];
  readonly functions: readonly WebhookFunction[];
  /** Names of the drafted functions: they run on each message whose provider and URI match them. */
  readonly drafts: ReadonlySet<string>;
}

/** Long texts are cut. */
export interface FunctionFate {
  readonly name: string;
  readonly outcome?: (typeof OUTCOME_STATUSES)[Outcome["kind"]];
  /** As JSON; for a filtered run, the reason. */
  readonly result?: string;
  readonly error?: string;
  /** Its host calls, one line each: `POST https://…`, `kv.set key`. */
  readonly calls?: readonly string[];
}

/** The decision about a message, and the outcomes of its functions. */
export interface Fate {
  readonly decision: Decision["kind"];
  readonly provider: string | null;
  readonly verification: string | null;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** The functions that must run; with an outcome if they were run. */
  readonly functions: readonly FunctionFate[];
}

export interface Compared {
  readonly before: Fate;
  readonly after: Fate;
  /** The providers that match the message under the drafts. */
  readonly matches: ProviderMatches;
  /** Names of the fields that differ. */
  readonly differences: readonly string[];
  /** Installed functions whose outcome differs in every run: they cannot be compared. */
  readonly unsteady: readonly string[];
}

/** Compares message by message. Disposing of it also stops a comparison in progress. */
export interface OpenComparer extends AsyncDisposable {
  readonly compare: (message: Message) => Promise<Compared>;
}
