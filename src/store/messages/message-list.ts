/** Lists of messages, newest first, by filters that are put together as they are asked for. */
import { leastIdAt } from "../../model/message-id.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder, selectAll } from "../sqlite/query-builder.ts";
import {
  chooseSource,
  columnFilters,
  MAX_CHECKED,
  type MessageConditions,
  type MessageSource,
  sourceIds,
  wasResubmitted,
} from "./message-source.ts";

export interface MessageFilter extends Omit<MessageConditions, "downTo"> {
  /** Text in headers or body, letter case ignored. */
  readonly q?: string | undefined;
  readonly limit: number;
}

const COLUMNS = [
  "message.id",
  "received_at",
  "method",
  "uri",
  "status",
  "provider",
  "event_type",
  "delivery_id",
  "note",
  "body_bytes",
  "sync",
  "duplicate_of",
  "resubmitted_from",
  "edited",
] as const;

export interface MessagePage {
  readonly items: readonly ListedMessage[];
  /** The id to go on before; null at the end. With several filters a page may be short and still not be the last. */
  readonly nextCursor: string | null;
}
export type ListedMessage = ReturnType<typeof selectMessages>[number];

/** `mostChecked`: how many ids that fit one of several filters are looked at in one call. */
export function listMessages(
  sqlite: Sqlite,
  { limit, ...conditions }: Omit<MessageFilter, "q">,
  mostChecked = MAX_CHECKED,
): MessagePage {
  const source = chooseSource(sqlite, conditions, mostChecked);
  const found = page(selectFrom(sqlite, source, conditions, limit + 1), limit);
  const { end } = source;
  return found.nextCursor === null && end !== undefined ? { ...found, nextCursor: end } : found;
}

function page(rows: readonly ListedMessage[], limit: number): MessagePage {
  const items = rows.slice(0, limit);
  // One more than asked for tells whether there is a next page.
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function selectFrom(
  sqlite: Sqlite,
  { by, end: downTo }: MessageSource,
  conditions: MessageConditions,
  limit: number,
): readonly ListedMessage[] {
  // SQLite takes the tables of a cross join as they stand: only what is shown is read from the rows.
  const query = sourceIds(by, { ...conditions, downTo })
    .crossJoin("message")
    .whereRef("message.id", "=", "source.id")
    .select(COLUMNS)
    .limit(limit);
  return selectAll(sqlite, query);
}

/** All of them when `limit` is -1; `downTo` is the oldest id that may be among them, `ids` are those that may. */
export function selectMessages(
  sqlite: Sqlite,
  filter: Omit<MessageFilter, "q" | "limit"> & {
    readonly downTo?: string;
    readonly ids?: readonly string[];
  },
  limit: number,
) {
  const { queries } = queryBuilder();
  let query = queries.selectFrom("message").select(COLUMNS).orderBy("id", "desc").limit(limit);
  for (const { column, value } of columnFilters(filter)) query = query.where(column, "=", value);
  if (filter.resubmitted !== undefined)
    query = query.where(wasResubmitted("message.id", filter.resubmitted));
  if (filter.before !== undefined) query = query.where("id", "<", filter.before);
  if (filter.downTo !== undefined) query = query.where("id", ">=", filter.downTo);
  if (filter.from !== undefined) query = query.where("id", ">=", leastIdAt(filter.from));
  if (filter.to !== undefined) query = query.where("id", "<", leastIdAt(filter.to));
  if (filter.ids !== undefined) query = query.where("id", "in", filter.ids);
  const name = filter.function;
  if (name !== undefined) {
    query = query.where("id", "in", (of) =>
      of.selectFrom("execution").select("message_id").where("function", "=", name),
    );
  }
  return selectAll(sqlite, query);
}
