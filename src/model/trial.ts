/** Trials of a script on a message before it goes live: the request and its result. */
import type { Provider, WebhookFunction } from "./definition.ts";
import type { Message } from "./message.ts";
import type { Outcome } from "./outcome.ts";

export interface FunctionTrial {
  readonly fn: WebhookFunction;
  /** The provider whose properties the script reads; undefined if it is not installed. */
  readonly provider: Provider | undefined;
  readonly message: Message;
  /** Values from matching, if the message was matched. */
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** True if its host calls are performed. */
  readonly performs: boolean;
  readonly canned: readonly CannedAnswer[];
  /** Once it is aborted, no further host call is performed. */
  readonly signal?: AbortSignal;
}

export interface FunctionTried {
  readonly outcome: Outcome;
  readonly calls: readonly RecordedCall[];
}

/** A host call as it is shown: its arguments, and the result that the script received. */
export interface RecordedCall {
  readonly call: "http.fetch" | "kv.set" | "kv.delete" | "kv.increment";
  readonly asked: Readonly<Record<string, unknown>>;
  readonly answered: unknown;
  /** False if it was only recorded. */
  readonly performed: boolean;
}

/** A fixed response to a request of the script, instead of a server's. */
export interface CannedAnswer {
  /** The URL it responds to; with `*` at the end, all URLs with that prefix. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The status of a trial's outcome in the API. */
export const OUTCOME_STATUSES = {
  success: "SUCCESS",
  filtered: "FILTERED",
  failure: "FAILED",
  interrupted: "INTERRUPTED",
} as const;
