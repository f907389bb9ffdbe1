/** Lists of messages, newest first; the query is built from the filters of the request. */
import { leastIdAt } from "../../model/message-id.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder, selectAll } from "../sqlite/query-builder.ts";
import {
  chooseSource,
  columnFilters,
  hasProblem,
  MAX_CHECKED,
  type MessageConditions,
  type MessageSource,
  sourceIds,
  wasResubmitted,
} from "./message-conditions.ts";

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
  "repetition_of",
  "resubmitted_from",
  "edited",
] as const;

export interface MessagePage {
  readonly items: readonly ListedMessage[];
  /** The id to continue before; null at the end. With several filters a page may be short without being the last. */
  readonly nextCursor: string | null;
}
export type ListedMessage = ReturnType<typeof selectMessages>[number];

/** `maxChecked` limits how many ids of one filter are checked against the others in one call. */
export function listMessages(
  sqlite: Sqlite,
  { limit, ...conditions }: Omit<MessageFilter, "q">,
  maxChecked = MAX_CHECKED,
): MessagePage {
  const source = chooseSource(sqlite, conditions, maxChecked);
  const found = page(selectFrom(sqlite, source, conditions, limit + 1), limit);
  const { end } = source;
  return found.nextCursor === null && end !== undefined ? { ...found, nextCursor: end } : found;
}

function page(rows: readonly ListedMessage[], limit: number): MessagePage {
  const items = rows.slice(0, limit);
  // The query asks for one row more than the page holds: it shows whether there is a next page.
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function selectFrom(
  sqlite: Sqlite,
  { by, end: downTo }: MessageSource,
  conditions: MessageConditions,
  limit: number,
): readonly ListedMessage[] {
  // SQLite keeps the table order of a cross join, so that rows are read only for the ids that are shown.
  const query = sourceIds(by, { ...conditions, downTo })
    .crossJoin("message")
    .whereRef("message.id", "=", "source.id")
    .select(COLUMNS)
    .limit(limit);
  return selectAll(sqlite, query);
}

/** No limit when `limit` is -1; `downTo` is the oldest id allowed, `ids` are the only ids allowed. */
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
  if (filter.problem !== undefined) query = query.where(hasProblem("message.id", filter.problem));
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
