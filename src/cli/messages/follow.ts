/** `messages follow`: messages as they come in and end, by server-sent events, or by asking again where there are none. */
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

const ASK_AGAIN_MS = 1000;
const PAGE = 200;
/** So many are remembered to tell what is new about them. */
const REMEMBERED = 5000;

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
  let left = count;
  for await (const message of changes(api, filter)) {
    if (asJson) line(JSON.stringify(message));
    else messageLine(message);
    left -= 1;
    if (left <= 0) return;
  }
}

/** Each message when it is new, and when its status has changed. */
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
  const source = first === undefined ? pages(api, filter) : events(first, connect);
  for await (const message of source) {
    if (statuses.get(message.id) === message.status) continue;
    statuses.set(message.id, message.status);
    const [oldest] = statuses.keys();
    if (statuses.size > REMEMBERED && oldest !== undefined) statuses.delete(oldest);
    yield message;
  }
}

type Connect = (last?: string) => Promise<Response>;

/** Servers without events take the path for the id of a message: then there is no connection. */
async function firstConnection(connect: Connect): Promise<Response | undefined> {
  try {
    return await connect();
  } catch (error) {
    if (error instanceof Failure && [400, 404].includes(Number(error.problem?.["status"])))
      return undefined;
    throw error;
  }
}

/** Goes on after the last one seen when the connection is lost, or the server starts again. */
async function* events(first: Response, connect: Connect): AsyncGenerator<ListedMessage> {
  let last: string | undefined;
  for (let response: Response | undefined = first; ; response = await again(() => connect(last))) {
    for await (const { id, event, data } of eventsOf(response)) {
      last = id ?? last;
      const message = messageIn(data);
      if (message !== undefined) yield message;
      else if (event === "gap" || event === "end") remark(`${event}: ${printable(data)}`);
    }
    await sleep(ASK_AGAIN_MS);
  }
}

/** Undefined while nobody answers. Who may not follow any more is told so. */
async function again(connect: () => Promise<Response>): Promise<Response | undefined> {
  try {
    return await connect();
  } catch (error) {
    const status = Number(error instanceof Failure ? error.problem?.["status"] : undefined);
    if (!(error instanceof Failure) || [401, 403].includes(status)) throw error;
    return undefined;
  }
}

/** Ends when the connection does, in the middle of an event too. */
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

/** Heartbeats and remarks are no messages. */
function messageIn(data: string): ListedMessage | undefined {
  try {
    return listedMessage.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

/** Those that were there at the start count as known. */
async function* pages(api: Api, filter: Filter): AsyncGenerator<ListedMessage> {
  const known = new Map<string, string>();
  const read = async () =>
    (await api.read("/messages", messagePage, { query: { ...filter, limit: PAGE } })).items;
  for (const { id, status } of await read()) known.set(id, status);
  for (;;) {
    await sleep(ASK_AGAIN_MS);
    const items = await read();
    for (const message of items.toReversed())
      if (known.get(message.id) !== message.status) yield message;
    known.clear();
    for (const { id, status } of items) known.set(id, status);
  }
}
