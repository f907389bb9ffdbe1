/** The event of a message as scripts see it, without its body: what crosses into a sandbox as JSON. */
import { foldHeaders, headerValue, type Message } from "./message.ts";
import { uriSegments } from "./uri.ts";

/** What is only known once the message was matched. */
export interface MatchedEvent {
  readonly provider: string;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  readonly params: Readonly<Record<string, string>>;
  /** From 1. */
  readonly attempt: number;
  /** The same for every attempt of this function on this message. */
  readonly idempotencyKey: string;
}

/** Query parameters: a repeated one becomes an array, in the order sent. */
export function parseQuery(
  queryString: string,
): Readonly<Record<string, string | readonly string[]>> {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(queryString)) {
    const before = query[name];
    if (before === undefined) query[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else query[name] = [before, value];
  }
  return query;
}

/** What is known of the message beside it. */
export interface EventSetting {
  /** A Content-Encoding was decoded. */
  readonly encoded: boolean;
  /** The configured address of this server as senders see it: never taken from a header, which anybody can write. */
  readonly publicUrl: string | undefined;
}

export function eventHead(
  message: Message,
  setting: EventSetting,
  // Match scripts are asked before there is a function whose pattern could name any.
  matched: MatchedEvent | { readonly params: object } = { params: {} },
): string {
  const received = receivedParts.get(message) ?? receivedPart(message, setting);
  receivedParts.set(message, received);
  return `${received.slice(0, -1)},${JSON.stringify(matched).slice(1)}`;
}

/** As JSON. A message is matched once and run by every function, in each attempt: what they share is written once. */
const receivedParts = new WeakMap<Message, string>();

function receivedPart(message: Message, { encoded, publicUrl }: EventSetting): string {
  const target =
    message.queryString === "" ? message.path : `${message.path}?${message.queryString}`;
  return JSON.stringify({
    id: message.id,
    receivedAt: new Date(message.receivedAt).toISOString(),
    method: message.method,
    uri: message.uri,
    path: message.path,
    url: publicUrl === undefined ? undefined : publicUrl + target,
    query: parseQuery(message.queryString),
    headers: foldHeaders(message.headers),
    contentType: headerValue(message.headers, "content-type"),
    remoteAddress: message.remoteAddress,
    resubmittedFrom: message.resubmission?.of,
    ...(encoded ? { encoded } : {}),
  });
}

/** The decoded segments of a stored message's URI; its path was decodable when it was received. */
export function messageSegments(message: Pick<Message, "path" | "basePath">): readonly string[] {
  return uriSegments(message.path.slice(message.basePath.length)) ?? [];
}
