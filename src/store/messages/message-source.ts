/**
 * Where a list begins. Each filter has an index that yields ids, newest first; the others are then checked row by row.
 * Which index has the fewest ids in the range that is asked for is looked up rather than guessed from statistics. A list
 * goes so far and no further: what two frequent values have in common may be nothing.
 */
import type { MessageStatus } from "../../model/message.ts";
import { leastIdAt } from "../../model/message-id.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder, selectAll } from "../sqlite/query-builder.ts";

/** All of them together; none means every message. */
export interface MessageConditions {
  readonly status?: MessageStatus | undefined;
  readonly provider?: string | undefined;
  readonly function?: string | undefined;
  readonly uri?: string | undefined;
  readonly eventType?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly to?: number | undefined;
  /** Whether there is a copy that was made by resubmitting it. */
  readonly resubmitted?: boolean | undefined;
  /** Only messages older than this id. */
  readonly before?: string | undefined;
  /** Only this message and newer ones. */
  readonly downTo?: string | undefined;
}

/** Ids that are checked against further filters, at about a microsecond each. */
export const MAX_CHECKED = 20_000;

const INDEXES = {
  status: { column: "status", index: "message_by_status" },
  provider: { column: "provider", index: "message_by_provider" },
  uri: { column: "uri", index: "message_by_uri" },
  eventType: { column: "event_type", index: "message_by_event_type" },
} as const satisfies Record<Exclude<keyof MessageConditions, OtherFilter>, object>;
/** Those that are not the value of a column. */
type OtherFilter = "function" | "resubmitted" | "from" | "to" | "before" | "downTo";
type ColumnFilter = keyof typeof INDEXES;

/** The columns that are asked for, with the value of each. */
export function columnFilters(conditions: MessageConditions) {
  return (Object.keys(INDEXES) as readonly ColumnFilter[]).flatMap((name) => {
    const value = conditions[name];
    return value === undefined ? [] : [{ name, ...INDEXES[name], value }];
  });
}

/** The filter whose index yields the ids; undefined for all messages. */
export type SourceFilter = ColumnFilter | "function" | "resubmitted" | undefined;

export interface MessageSource {
  readonly by: SourceFilter;
  /** The last id that is looked at; undefined when all are. */
  readonly end: string | undefined;
}

export function chooseSource(
  sqlite: Sqlite,
  conditions: MessageConditions,
  most: number,
): MessageSource {
  const columns = columnFilters(conditions).map(({ name }) => name);
  const filters: SourceFilter[] = [...columns];
  if (conditions.function !== undefined) filters.push("function");
  if (conditions.resubmitted === true) filters.push("resubmitted");
  // What was not resubmitted is in no index: it is checked like a further filter.
  const isChecked = conditions.resubmitted === false;
  if (filters.length < 2 && !isChecked) return { by: filters[0], end: undefined };
  const sources = (filters.length === 0 ? [undefined] : filters).map((by) => {
    const last = idsOf(by, conditions)
      .select("source.id")
      .limit(1)
      .offset(most - 1);
    return { by, end: selectAll(sqlite, last)[0]?.id };
  });
  // The one that reaches furthest back with as many ids has the fewest of them.
  return sources.reduce((best, source) => ((source.end ?? "") < (best.end ?? "") ? source : best));
}

/** The ids of one index, in the range that is asked for and with all that is asked for, newest first, as `source`. */
export function sourceIds(by: SourceFilter, conditions: MessageConditions) {
  const { sql } = queryBuilder();
  let ids = idsOf(by, conditions);
  // In the index of the filter, not in the row: neighbours of one list are neighbours there, and rows are far apart.
  for (const { name, column, index, value } of columnFilters(conditions)) {
    const [at, hint] = [sql.ref(`other.${column}`), sql.ref(index)];
    if (name !== by)
      ids =
        ids.where(sql<boolean>`source.id IN (SELECT other.id FROM message AS other INDEXED BY ${hint}
        WHERE ${at} = ${value} AND other.id = source.id)`);
  }
  if (conditions.resubmitted !== undefined && by !== "resubmitted")
    ids = ids.where(wasResubmitted("source.id", conditions.resubmitted));
  const name = conditions.function;
  if (name === undefined || by === "function") return ids;
  return ids.where(sql<boolean>`source.id IN (SELECT message_id FROM execution INDEXED BY execution_by_function
    WHERE function = ${name} AND message_id = source.id)`);
}

/** Whether there is a copy of the message with the id in this column. */
export function wasResubmitted(id: "message.id" | "source.id", wanted: boolean) {
  const { sql } = queryBuilder();
  const copies = sql`SELECT 1 FROM message AS copy INDEXED BY message_by_original
    WHERE copy.resubmitted_from = ${sql.ref(id)}`;
  return wanted ? sql<boolean>`EXISTS (${copies})` : sql<boolean>`NOT EXISTS (${copies})`;
}

function idsOf(by: SourceFilter, conditions: MessageConditions) {
  const { queries, sql } = queryBuilder();
  const filter = columnFilters(conditions).find(({ name }) => name === by);
  let messages = queries.selectFrom("message").select("id");
  if (filter !== undefined) messages = messages.where(filter.column, "=", filter.value);
  const executions = queries
    .selectFrom("execution")
    .select("message_id as id")
    .where("function", "=", conditions.function ?? "");
  const originals = queries
    .selectFrom("message")
    .select(sql<string>`resubmitted_from`.as("id"))
    .distinct()
    .where("resubmitted_from", "is not", null);
  const { before, downTo, from, to } = conditions;
  const sources = { function: executions, resubmitted: originals };
  const source = by === "function" || by === "resubmitted" ? sources[by] : messages;
  let ids = queries.selectFrom(source.as("source")).orderBy("source.id", "desc");
  if (before !== undefined) ids = ids.where("source.id", "<", before);
  if (downTo !== undefined) ids = ids.where("source.id", ">=", downTo);
  if (from !== undefined) ids = ids.where("source.id", ">=", leastIdAt(from));
  if (to !== undefined) ids = ids.where("source.id", "<", leastIdAt(to));
  return ids;
}
