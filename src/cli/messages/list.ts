/** `messages list`: reads as many pages as the limit needs. */
import type { Command } from "commander";
import { type ListedMessage, messagePage } from "../answers.ts";
import type { Api } from "../api.ts";
import { contextOf } from "../context.ts";
import { json, line, remark, status, statusCell, table } from "../print.ts";
import { cell } from "../printable.ts";
import { type FilterOptions, filterOf } from "./filter.ts";

/** Page size limit of the API. */
const PAGE = 200;
const NOTE_LENGTH = 80;
const STATUS_WIDTH = 9;

export interface ListOptions extends FilterOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export async function listMessages(options: ListOptions, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const found = await read(api, options);
  if (asJson) return json(found);
  if (found.items.length === 0) return remark("No message matches.");
  messageTable(found.items);
  if (found.nextCursor !== null)
    remark(`There are more messages: --cursor ${found.nextCursor}, or a higher --limit.`);
}

async function read(api: Api, { limit, cursor, ...options }: ListOptions) {
  const filter = filterOf(options);
  const items: ListedMessage[] = [];
  let next: string | null = cursor ?? null;
  do {
    const page = Math.min(limit - items.length, PAGE);
    const query = { ...filter, limit: page, cursor: next ?? undefined };
    const found: { readonly items: ListedMessage[]; readonly nextCursor: string | null } =
      await api.read("/messages", messagePage, { query });
    items.push(...found.items);
    next = found.nextCursor;
  } while (next !== null && items.length < limit);
  return { items, nextCursor: next };
}

const HEAD = ["RECEIVED", "ID", "STATUS", "PROVIDER", "EVENT", "URI", "MESSAGE"];

function messageTable(items: readonly ListedMessage[]): void {
  table(
    HEAD,
    items.map((item) => [
      shortTime(item.receivedAt),
      item.id,
      statusCell(item.status),
      item.provider ?? "-",
      item.eventType ?? "-",
      `/${item.uri}`,
      note(item),
    ]),
  );
}

const note = ({ message }: ListedMessage): string => cell(message ?? "", NOTE_LENGTH);

/** To the second, in UTC like all times of the API. */
export const shortTime = (iso: string): string => iso.slice(0, 19).replace("T", " ");

/** Prints one message on one line, for endless lists. */
export function messageLine(item: ListedMessage): void {
  const parts = [item.provider ?? "-", item.eventType ?? "-", `${item.method} /${item.uri}`];
  line(
    [
      shortTime(item.receivedAt),
      item.id,
      status(item.status, STATUS_WIDTH),
      ...parts.map((part) => cell(part, NOTE_LENGTH)),
      note(item),
    ]
      .join("  ")
      .trimEnd(),
  );
}
