/** The event of a message as scripts see it. It crosses into a sandbox as JSON, without the body. */

import { singleContentType } from "./content-type.ts";
import { foldedHeaders, headersAsJson, type Message } from "./message.ts";
import { objectMemo } from "./object-memo.ts";
import { type PublicAddress, publicUrlOf } from "./public-url.ts";
import { canonicalAddress } from "./remote-address.ts";
import { uriSegments } from "./uri.ts";

/** The fields known only after the message was matched. */
export interface MatchedEvent {
  readonly provider: string;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  readonly params: Readonly<Record<string, string>>;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** The same for every attempt of this function on this message, and on a repetition that runs it again. */
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

/** The event before matching, as it crosses into a sandbox. */
export interface ReceivedEvent {
  /** As JSON, without the body. */
  readonly head: string;
  readonly headers: string;
  readonly body: Buffer;
  /** Present if a Content-Encoding was decoded. */
  readonly decodedBody?: Buffer;
  /** The time at which signatures are checked for expiry, in milliseconds since the epoch. */
  readonly judgedAt: number;
}

/** An event that is in memory until it is disposed of. */
export interface OpenEvent extends Disposable {
  readonly event: ReceivedEvent;
}

/**
 * Decodes an encoded body, which may wait for memory. `user` is the script or step that needs the event: users share
 * memory fairly.
 */
export type OpenEvents = (message: Message, user: string) => OpenEvent | Promise<OpenEvent>;

/** One event per message: matching and every attempt of every function share it. */
const events = objectMemo<Message, ReceivedEvent>("event");
/** A decoded body may be a thousand times as large as the encoded one, so a waiting message holds it weakly. */
const decodedEvents = objectMemo<Message, WeakRef<ReceivedEvent>>("decoded event");
const decodedSizes = objectMemo<Message, number>("size of the decoded body");

/** The event of a message whose body is not decoded. */
export const plainEvent = (message: Message, address: PublicAddress): ReceivedEvent =>
  events.of(message) ?? events.keep(message, makeEvent(message, { address }));

/** Returns the one event for all users that hold it at the same time, while it is in memory. */
export function decodedEvent(
  message: Message,
  address: PublicAddress,
  decodedBody: Buffer,
): ReceivedEvent {
  const event = knownDecodedEvent(message) ?? makeEvent(message, { address, decodedBody });
  decodedEvents.keep(message, new WeakRef(event));
  decodedSizes.keep(message, decodedBody.length);
  return event;
}

/** The cached event, of `plainEvent` or `decodedEvent`: which one exists was found out when the body was decoded. */
export const knownPlainEvent = (message: Message): ReceivedEvent | undefined => events.of(message);
export const knownDecodedEvent = (message: Message): ReceivedEvent | undefined =>
  decodedEvents.of(message)?.deref();

/** The larger one of the raw and the decoded size of the body, if that is known. */
export const bodySize = (message: Message): number =>
  Math.max(message.body.length, decodedSizes.of(message) ?? 0);

interface Known {
  readonly address: PublicAddress;
  readonly decodedBody?: Buffer;
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

function headOf(message: Message, { address, decodedBody }: Known): string {
  const { path, queryString } = message;
  const headers = foldedHeaders(message);
  const publicUrl = publicUrlOf(message, address);
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
    contentType: singleContentType(headers["content-type"]),
    // Messages stored by older versions hold the address as it was written.
    remoteAddress: canonicalAddress(message.remoteAddress) ?? message.remoteAddress,
    resubmittedFrom: message.resubmission?.of,
    ...(decodedBody === undefined ? {} : { encoded: true }),
  });
}

/** The decoded segments of a stored message's URI; its path was decodable when it was received. */
export function messageSegments(message: Pick<Message, "path" | "basePath">): readonly string[] {
  return uriSegments(message.path.slice(message.basePath.length)) ?? [];
}
