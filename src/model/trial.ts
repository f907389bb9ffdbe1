/** A script on a message before it goes live: what is asked for, and what is found. */
import type { Provider, WebhookFunction } from "./definition.ts";
import type { Outcome } from "./execution.ts";
import type { Message } from "./message.ts";

export interface FunctionTrial {
  readonly fn: WebhookFunction;
  /** Whose properties it has; undefined when it is not installed. */
  readonly provider: Provider | undefined;
  readonly message: Message;
  /** What matching found, when the message was matched. */
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** Whether what it asks of the world is done. */
  readonly performs: boolean;
  readonly canned: readonly CannedAnswer[];
  /** Once it is aborted, nothing is done any more. */
  readonly signal?: AbortSignal;
}

export interface FunctionTried {
  readonly outcome: Outcome;
  readonly calls: readonly RecordedCall[];
}

/** A call as it is shown: what was asked for, and what the script was told. */
export interface RecordedCall {
  readonly call: "http.fetch" | "kv.set" | "kv.delete" | "kv.increment";
  readonly asked: Readonly<Record<string, unknown>>;
  readonly answered: unknown;
  /** False when it was only noted. */
  readonly performed: boolean;
}

/** What the script is told instead of what a server would say. */
export interface CannedAnswer {
  /** The URL it is for; with `*` at the end, all that begin so. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a try ended, in the words of the API. */
export const OUTCOME_STATUSES = {
  success: "SUCCESS",
  filtered: "FILTERED",
  failure: "FAILED",
  interrupted: "INTERRUPTED",
} as const;
