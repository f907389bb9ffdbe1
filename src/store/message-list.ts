/** Lists of messages, newest first, by filters that are put together as they are asked for. */
import { sql } from "kysely";
import type { MessageStatus } from "../model/message.ts";
import type { Sqlite } from "./database.ts";
import { queries, selectAll } from "./schema.ts";

export interface MessageFilter {
  readonly status?: MessageStatus | undefined;
  readonly provider?: string | undefined;
  readonly function?: string | undefined;
  readonly uri?: string | undefined;
  readonly eventType?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly to?: number | undefined;
  /** Text in headers or body, letter case ignored for ASCII. */
  readonly q?: string | undefined;
  /** Only messages older than this id. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const COLUMNS = [
  "id",
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

export function listMessages(sqlite: Sqlite, filter: MessageFilter) {
  let query = queries
    .selectFrom("message")
    .select(COLUMNS)
    .orderBy("id", "desc")
    .limit(filter.limit);
  if (filter.status !== undefined) query = query.where("status", "=", filter.status);
  if (filter.provider !== undefined) query = query.where("provider", "=", filter.provider);
  if (filter.uri !== undefined) query = query.where("uri", "=", filter.uri);
  if (filter.eventType !== undefined) query = query.where("event_type", "=", filter.eventType);
  if (filter.before !== undefined) query = query.where("id", "<", filter.before);
  // Ids are UUIDv7: their first 48 bits are the time, so a time range is a range of the primary key.
  if (filter.from !== undefined) query = query.where("id", ">=", idAt(filter.from));
  if (filter.to !== undefined) query = query.where("id", "<", idAt(filter.to));
  const name = filter.function;
  if (name !== undefined) {
    query = query.where("id", "in", (of) =>
      of.selectFrom("execution").select("message_id").where("function", "=", name),
    );
  }
  if (filter.q !== undefined) query = query.where(contains(filter.q));
  return selectAll(sqlite, query);
}

export type ListedMessage = ReturnType<typeof listMessages>[number];

/** The least id a message received at this time can have. */
function idAt(time: number): string {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

function contains(text: string) {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`id IN (SELECT message_id FROM content WHERE message_id = message.id
    AND (headers LIKE ${pattern} ESCAPE '\\' OR CAST(body AS TEXT) LIKE ${pattern} ESCAPE '\\'))`;
}
