/** The types of a received request. Pure data: no SQL, no HTTP, no sandbox. */
import { objectMemo } from "./object-memo.ts";

export const MESSAGE_STATUSES = [
  "PENDING",
  "SUCCESS",
  "FAILED",
  "UNMATCHED",
  "REJECTED",
  "DUPLICATE",
  "HANDSHAKE",
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** The events of a message that followers of the message log get. */
export type LogEvent = "accepted" | "ended";

/** Header names as received and values, in order, repeats kept: `[["Host", "a"], ["X-A", "1"], ["X-A", "2"]]`. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** One received request, byte for byte. Times are integer milliseconds since the epoch. */
export interface Message {
  /** UUIDv7, so ids sort by arrival. */
  readonly id: string;
  readonly receivedAt: number;
  readonly method: string;
  /** The path after the base, percent-decoded, without slashes at either end: `git/push`. */
  readonly uri: string;
  /** The base path it came in under, as configured: `/webhooks/v1`. */
  readonly basePath: string;
  /** The path as sent, base included, without the query string. */
  readonly path: string;
  /** The query string as sent, without `?`; empty when there is none. */
  readonly queryString: string;
  readonly headers: HeaderList;
  /** The body as received, before any content decoding. */
  readonly body: Buffer;
  readonly remoteAddress: string;
  /** Whether the sender requested a synchronous answer. */
  readonly sync: boolean;
  readonly resubmission?: Resubmission;
}

/** The origin of a resubmitted message. */
export interface Resubmission {
  /** The id of the message that was resubmitted. */
  readonly of: string;
  /** When the first message of the chain arrived: signatures and time windows are checked as of this time. */
  readonly judgedAt: number;
  /** True if its headers or body were changed: no signature can vouch for an edited copy. */
  readonly edited: boolean;
  /** True if it uses the scripts that were installed when that message came in. */
  readonly originalScripts?: boolean;
  /** Only these functions run; all that match when absent. */
  readonly functions?: readonly string[];
  /** The name of the token that requested it. Kept in the audit log only. */
  readonly by?: string;
}

const headerText = objectMemo<Message, string>("headers as JSON");

/** The header list as JSON, serialized once: it is stored, and sent with the message into every sandbox. */
export const headersAsJson = (message: Message): string =>
  headerText.of(message) ?? headerText.keep(message, JSON.stringify(message.headers));

/**
 * An empty prototype, so that nothing is inherited. V8 needs twice the time to serialize objects whose prototype is
 * `null` itself.
 */
const EMPTY_PROTOTYPE: object = Object.freeze(Object.create(null));

/**
 * Separates the values of a repeated header: HTTP defines `", "`, and `"; "` for `cookie`, whose values may have
 * commas.
 */
const separatorOf = (name: string): string => (name === "cookie" ? "; " : ", ");

/** Folds a header list into one lower-case name per key. Repeated headers are joined. */
export function foldHeaders(headers: HeaderList): Readonly<Record<string, string>> {
  const folded: Record<string, string> = Object.create(EMPTY_PROTOTYPE);
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const previous = folded[key];
    folded[key] = previous === undefined ? value : previous + separatorOf(key) + value;
  }
  return folded;
}

const foldedOf = objectMemo<Pick<Message, "headers">, Readonly<Record<string, string>>>("headers");

/** The headers of a message, folded once: matching and the event both read them. */
export const foldedHeaders = (
  message: Pick<Message, "headers">,
): Readonly<Record<string, string>> =>
  foldedOf.of(message) ?? foldedOf.keep(message, foldHeaders(message.headers));

/** The value of a header, given in lower case, with repeats joined; undefined if it was not sent. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(separatorOf(name));
}
