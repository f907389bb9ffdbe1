/** The event of a message as scripts see it, without its body: what crosses into a sandbox as JSON. */
import { decodeBody } from "./content-encoding.ts";
import { keptWith } from "./kept-with.ts";
import { foldedHeaders, headersAsJson, type Message } from "./message.ts";
import { type PublicAddress, publicUrlOf } from "./public-url.ts";
import { canonicalAddress } from "./remote-address.ts";
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
export interface EventSetting extends PublicAddress {
  readonly maxBodyBytes: number;
}

/** What a message says before it is matched, as it crosses into a sandbox. */
export interface ReceivedEvent {
  /** As JSON, without the body. */
  readonly head: string;
  readonly headers: string;
  readonly body: Buffer;
  /** Only when a Content-Encoding was decoded. */
  readonly decodedBody?: Buffer;
  /** Milliseconds since the epoch as of which signatures are judged. */
  readonly judgedAt: number;
}

/** A message is matched once and run by every function, in each attempt: what they share is made once. */
const events = keptWith<Message, ReceivedEvent>("event");
/** A body may be a thousand times as long when it is decoded: who waits for its turn is not to hold it in memory. */
const decodedEvents = keptWith<Message, WeakRef<ReceivedEvent>>("decoded event");

export function receivedEvent(
  message: Message,
  setting: EventSetting,
): ReceivedEvent | Promise<ReceivedEvent> {
  const known = knownEvent(message);
  if (known !== undefined) return known;
  const headers = foldedHeaders(message);
  const make = (decodedBody?: Buffer) =>
    keepEvent(message, makeEvent(message, { headers, setting, decodedBody }));
  // No promise where there is nothing to wait for: hardly anybody encodes what they send.
  if (headers["content-encoding"] === undefined) return make();
  return decodeBody(message, setting.maxBodyBytes).then(
    (decodedBody) => knownEvent(message) ?? make(decodedBody),
  );
}

const knownEvent = (message: Message): ReceivedEvent | undefined =>
  events.of(message) ?? decodedEvents.of(message)?.deref();

function keepEvent(message: Message, event: ReceivedEvent): ReceivedEvent {
  if (event.decodedBody === undefined) return events.keep(message, event);
  decodedEvents.keep(message, new WeakRef(event));
  return event;
}

interface Known {
  readonly headers: Readonly<Record<string, string>>;
  readonly setting: EventSetting;
  readonly decodedBody: Buffer | undefined;
}

function makeEvent(message: Message, known: Known): ReceivedEvent {
  const { decodedBody } = known;
  return {
    head: headOf(message, known),
    headers: headersAsJson(message),
    body: message.body,
    judgedAt: message.resubmission?.judgedAt ?? message.receivedAt,
    ...(decodedBody === undefined ? {} : { decodedBody }),
  };
}

function headOf(message: Message, { headers, setting, decodedBody }: Known): string {
  const { path, queryString } = message;
  const publicUrl = publicUrlOf(message, setting);
  const target = queryString === "" ? path : `${path}?${queryString}`;
  return JSON.stringify({
    id: message.id,
    receivedAt: new Date(message.receivedAt).toISOString(),
    method: message.method,
    uri: message.uri,
    path,
    url: publicUrl === undefined ? undefined : publicUrl + target,
    query: queryString === "" ? {} : parseQuery(queryString),
    headers,
    contentType: headers["content-type"],
    // Older messages have it as it came.
    remoteAddress: canonicalAddress(message.remoteAddress) ?? message.remoteAddress,
    resubmittedFrom: message.resubmission?.of,
    ...(decodedBody === undefined ? {} : { encoded: true }),
  });
}

/** The decoded segments of a stored message's URI; its path was decodable when it was received. */
export function messageSegments(message: Pick<Message, "path" | "basePath">): readonly string[] {
  return uriSegments(message.path.slice(message.basePath.length)) ?? [];
}
