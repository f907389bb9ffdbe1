/** Drafts over past messages: what is compared with what, and what is found for each message. */
import type { Claims } from "./claims.ts";
import type { Decision } from "./decision.ts";
import type { Provider, WebhookFunction } from "./definition.ts";
import type { Outcome } from "./execution.ts";
import type { Message } from "./message.ts";
import type { OUTCOME_STATUSES } from "./trial.ts";

export interface BacktestPlan {
  /** What is installed with the drafts in place of their namesakes, or added. */
  readonly providers: readonly Provider[];
  readonly functions: readonly WebhookFunction[];
  /** Names of the functions that are drafts: they are run on every message they are owed to. */
  readonly drafts: ReadonlySet<string>;
}

/** As it is shown: long texts are cut. */
export interface FunctionFate {
  readonly name: string;
  readonly outcome?: (typeof OUTCOME_STATUSES)[Outcome["kind"]];
  /** As JSON; the reason of what was filtered. */
  readonly result?: string;
  readonly error?: string;
  /** What it asks of the world, each in a line: `POST https://…`, `kv.set key`. */
  readonly calls?: readonly string[];
}

/** What becomes of a message. */
export interface Fate {
  readonly decision: Decision["kind"];
  readonly provider: string | null;
  readonly verification: string | null;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** Functions it is owed; how they end only of those that were tried. */
  readonly functions: readonly FunctionFate[];
}

export interface Compared {
  readonly before: Fate;
  readonly after: Fate;
  /** Who would claim it under the drafts. */
  readonly claims: Claims;
  /** Names of what differs. */
  readonly differences: readonly string[];
  /** Functions as installed that make something else of the same message each time: they cannot be compared. */
  readonly unsteady: readonly string[];
}

/** What compares, message by message. Ended when it is disposed, with whatever it is doing. */
export interface OpenComparer extends AsyncDisposable {
  readonly compare: (message: Message) => Promise<Compared>;
}
