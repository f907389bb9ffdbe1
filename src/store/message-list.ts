/** Lists of messages, newest first, by filters that are put together as they are asked for. */
import { type RawBuilder, sql } from "kysely";
import type { Sqlite } from "./database.ts";
import {
  chooseSource,
  MAX_CHECKED,
  type MessageConditions,
  type SourceFilter,
  sourceIds,
} from "./message-source.ts";
import { selectAll } from "./schema.ts";

export interface MessageFilter extends Omit<MessageConditions, "downTo"> {
  /** Text in headers or body, letter case ignored for ASCII. */
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
  /** The id to go on before; null at the end. With `q` or several filters a page may be short and still not be the last. */
  readonly nextCursor: string | null;
}
export type ListedMessage = ReturnType<typeof selectMessages>[number];

/** How much of the log one call searches for text: the server does nothing else meanwhile. */
const MAX_SEARCHED_MESSAGES = 2000;
const MAX_SEARCHED_BYTES = 32 * 1024 * 1024;

/** `mostChecked`: how many ids that fit one of several filters are looked at in one call. */
export function listMessages(
  sqlite: Sqlite,
  filter: MessageFilter,
  mostChecked = MAX_CHECKED,
): MessagePage {
  const { q, limit, ...conditions } = filter;
  const { by, end } = chooseSource(sqlite, conditions, mostChecked);
  const select = (most: number, downTo = end, condition?: RawBuilder<boolean>) =>
    selectMessages(sqlite, { ...conditions, downTo }, { by, limit: most, condition });
  const goOnAt = (found: MessagePage, last = end) =>
    found.nextCursor === null && last !== undefined ? { ...found, nextCursor: last } : found;
  if (q === undefined) return goOnAt(page(select(limit + 1), limit));
  const searched = searchedPart(select(MAX_SEARCHED_MESSAGES));
  const last = searched.rows.at(-1);
  if (last === undefined) return { items: [], nextCursor: end ?? null };
  const found = page(select(limit + 1, last.id, contains(q)), limit);
  return goOnAt(found, searched.more ? last.id : end);
}

function page(rows: readonly ListedMessage[], limit: number): MessagePage {
  const items = rows.slice(0, limit);
  // One more than asked for tells whether there is a next page.
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** The newest messages that are searched in one go; at least one. */
function searchedPart(rows: readonly ListedMessage[]) {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += row.body_bytes;
    return bytes > MAX_SEARCHED_BYTES;
  });
  const part = end === -1 ? rows : rows.slice(0, end + 1);
  return { rows: part, more: part.length < rows.length || rows.length === MAX_SEARCHED_MESSAGES };
}

function selectMessages(
  sqlite: Sqlite,
  conditions: MessageConditions,
  {
    by,
    limit,
    condition = sql<boolean>`1`,
  }: {
    readonly by: SourceFilter;
    readonly limit: number;
    readonly condition?: RawBuilder<boolean> | undefined;
  },
) {
  // SQLite takes the tables of a cross join as they stand: only what is shown is read from the rows.
  const query = sourceIds(by, conditions)
    .crossJoin("message")
    .whereRef("message.id", "=", "source.id")
    .where(condition)
    .select(COLUMNS)
    .limit(limit);
  return selectAll(sqlite, query);
}

function contains(text: string) {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`message.id IN (SELECT message_id FROM content WHERE message_id = message.id
    AND (headers LIKE ${pattern} ESCAPE '\\' OR CAST(body AS TEXT) LIKE ${pattern} ESCAPE '\\'))`;
}
