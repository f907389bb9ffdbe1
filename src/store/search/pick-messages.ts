/** Those of a few messages that fit a filter, its text included. */
import type { Sqlite } from "../database.ts";
import { type ListedMessage, type MessageFilter, selectMessages } from "../message-list.ts";
import type { MessageTable } from "../message-table.ts";
import { holdsText } from "./searched-text.ts";

/** Newest first. */
export function pickMessages(
  sqlite: Sqlite,
  table: MessageTable,
  ids: readonly string[],
  { q, ...filter }: Omit<MessageFilter, "limit">,
): readonly ListedMessage[] {
  const rows = selectMessages(sqlite, { ...filter, ids }, ids.length);
  if (q === undefined) return rows;
  return rows.filter(({ id }) => {
    const row = table.read(id);
    return row !== undefined && holdsText(row.headers, row.body, q);
  });
}
