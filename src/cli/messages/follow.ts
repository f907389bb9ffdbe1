/**
 * `messages follow`: prints messages when they come in and end, from server-sent events, or by polling an older server.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { type EventSourceMessage, EventSourceParserStream } from "eventsource-parser/stream";
import { type ListedMessage, listedMessage, messagePage } from "../answers.ts";
import type { Api } from "../api.ts";
import { contextOf } from "../context.ts";
import { Failure } from "../failure.ts";
import { line, remark } from "../print.ts";
import { printable } from "../printable.ts";
import { type FilterOptions, filterOf } from "./filter.ts";
import { messageLine } from "./list.ts";

const RETRY_MS = 1000;
const PAGE = 200;
/** Messages whose last status is remembered, to recognise changes. */
const MAX_REMEMBERED = 5000;

export interface FollowOptions extends FilterOptions {
  readonly count?: number;
}

type Filter = ReturnType<typeof filterOf>;

export async function followMessages(
  { count = Number.POSITIVE_INFINITY, ...options }: FollowOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const filter = filterOf(options);
  let remaining = count;
  for await (const message of changes(api, filter)) {
    if (asJson) line(JSON.stringify(message));
    else messageLine(message);
    remaining -= 1;
    if (remaining <= 0) return;
  }
}

/** Yields each message when it is new, and when its status changes. */
async function* changes(api: Api, filter: Filter): AsyncGenerator<ListedMessage> {
  const statuses = new Map<string, string>();
  const connect: Connect = (last) => {
    const headers: Readonly<Record<string, string>> = {
      accept: "text/event-stream",
      ...(last === undefined ? {} : { "last-event-id": last }),
    };
    return api.call("/messages/events", { query: filter, headers });
  };
  const first = await firstConnection(connect);
  const source = first === undefined ? poll(api, filter) : events(first, connect);
  for await (const message of source) {
    if (statuses.get(message.id) === message.status) continue;
    statuses.set(message.id, message.status);
    const [oldest] = statuses.keys();
    if (statuses.size > MAX_REMEMBERED && oldest !== undefined) statuses.delete(oldest);
    yield message;
  }
}

type Connect = (last?: string) => Promise<Response>;

/** A server without events takes the path for a message id and answers 404: then this polls. */
async function firstConnection(connect: Connect): Promise<Response | undefined> {
  try {
    return await connect();
  } catch (error) {
    if (error instanceof Failure && [400, 404].includes(Number(error.problem?.["status"])))
      return undefined;
    throw error;
  }
}

/** Reconnects after a lost connection or a restart, and resumes after the last event. */
async function* events(first: Response, connect: Connect): AsyncGenerator<ListedMessage> {
  let last: string | undefined;
  for (
    let response: Response | undefined = first;
    ;
    response = await reconnect(() => connect(last))
  ) {
    for await (const { id, event, data } of eventsOf(response)) {
      last = id ?? last;
      const message = messageIn(data);
      if (message !== undefined) yield message;
      else if (event === "gap" || event === "end") remark(`${event}: ${printable(data)}`);
    }
    await sleep(RETRY_MS);
  }
}

/** Undefined while the server does not answer. Throws when the token no longer has access. */
async function reconnect(connect: () => Promise<Response>): Promise<Response | undefined> {
  try {
    return await connect();
  } catch (error) {
    const status = Number(error instanceof Failure ? error.problem?.["status"] : undefined);
    if (!(error instanceof Failure) || [401, 403].includes(status)) throw error;
    return undefined;
  }
}

/** Ends with the connection, even in the middle of an event. */
async function* eventsOf(response: Response | undefined): AsyncGenerator<EventSourceMessage> {
  if (response?.body == null) return;
  try {
    yield* response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Undefined for events that are no messages, such as `gap`. */
function messageIn(data: string): ListedMessage | undefined {
  try {
    return listedMessage.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

/** Polls the list. Messages present at the start count as known. */
async function* poll(api: Api, filter: Filter): AsyncGenerator<ListedMessage> {
  const known = new Map<string, string>();
  const read = async () =>
    (await api.read("/messages", messagePage, { query: { ...filter, limit: PAGE } })).items;
  for (const { id, status } of await read()) known.set(id, status);
  for (;;) {
    await sleep(RETRY_MS);
    const items = await read();
    for (const message of items.toReversed())
      if (known.get(message.id) !== message.status) yield message;
    known.clear();
    for (const { id, status } of items) known.set(id, status);
  }
}
