/**
 * Chooses the index that a list starts from. Each filter has an index that yields ids, newest first; the other filters
 * are then checked row by row. The index with the fewest ids in the requested range is measured rather than estimated
 * from statistics. A list checks a limited number of ids: two frequent values may have no message in common.
 */
import type { MessageStatus } from "../../model/message.ts";
import { leastIdAt } from "../../model/message-id.ts";
import { isOfExecutions } from "../../model/problem.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { queryBuilder, selectAll } from "../sqlite/query-builder.ts";

/** All conditions must hold; without any, every message is listed. */
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
  /** Whether a resubmitted copy of the message exists. */
  readonly resubmitted?: boolean | undefined;
  /** The key of a problem: the message has it, or one of its executions. */
  readonly problem?: string | undefined;
  /** Only messages older than this id. */
  readonly before?: string | undefined;
  /** Only this message and newer ones. */
  readonly downTo?: string | undefined;
}

/** Ids checked against the other filters at most, at about a microsecond each. */
export const MAX_CHECKED = 20_000;

const INDEXES = {
  status: { column: "status", index: "message_by_status" },
  provider: { column: "provider", index: "message_by_provider" },
  uri: { column: "uri", index: "message_by_uri" },
  eventType: { column: "event_type", index: "message_by_event_type" },
} as const satisfies Record<Exclude<keyof MessageConditions, OtherFilter>, object>;
/** Filters that do not compare one column with a value. */
type OtherFilter = "function" | "resubmitted" | "problem" | "from" | "to" | "before" | "downTo";
type ColumnFilter = keyof typeof INDEXES;

/** The requested column filters, with their values. */
export function columnFilters(conditions: MessageConditions) {
  return (Object.keys(INDEXES) as readonly ColumnFilter[]).flatMap((name) => {
    const value = conditions[name];
    return value === undefined ? [] : [{ name, ...INDEXES[name], value }];
  });
}

/** The filter whose index yields the ids; undefined means all messages. */
export type SourceFilter = ColumnFilter | "function" | "resubmitted" | "problem" | undefined;

export interface MessageSource {
  readonly by: SourceFilter;
  /** The oldest id that is checked; undefined when all are. */
  readonly end: string | undefined;
}

export function chooseSource(
  sqlite: Sqlite,
  conditions: MessageConditions,
  maxChecked: number,
): MessageSource {
  const columns = columnFilters(conditions).map(({ name }) => name);
  const filters: SourceFilter[] = [...columns];
  if (conditions.function !== undefined) filters.push("function");
  if (conditions.resubmitted === true) filters.push("resubmitted");
  if (conditions.problem !== undefined) filters.push("problem");
  // No index lists messages without a copy, so this filter is checked row by row.
  const isChecked = conditions.resubmitted === false;
  if (filters.length < 2 && !isChecked) return { by: filters[0], end: undefined };
  const sources = (filters.length === 0 ? [undefined] : filters).map((by) => {
    const last = idsOf(by, conditions)
      .select("source.id")
      .limit(1)
      .offset(maxChecked - 1);
    return { by, end: selectAll(sqlite, last)[0]?.id };
  });
  // The index that reaches furthest back with the same number of ids has the fewest in the range.
  return sources.reduce((best, source) => ((source.end ?? "") < (best.end ?? "") ? source : best));
}

/** Ids of one index in the requested range that meet all conditions, newest first, as `source`. */
export function sourceIds(by: SourceFilter, conditions: MessageConditions) {
  const { sql } = queryBuilder();
  let ids = idsOf(by, conditions);
  // Checks the filter in its index, not in the row: ids that follow each other are neighbours in the index, while rows
  // are far apart.
  for (const { name, column, index, value } of columnFilters(conditions)) {
    const [at, hint] = [sql.ref(`other.${column}`), sql.ref(index)];
    if (name !== by)
      ids =
        ids.where(sql<boolean>`source.id IN (SELECT other.id FROM message AS other INDEXED BY ${hint}
        WHERE ${at} = ${value} AND other.id = source.id)`);
  }
  if (conditions.resubmitted !== undefined && by !== "resubmitted")
    ids = ids.where(wasResubmitted("source.id", conditions.resubmitted));
  if (conditions.problem !== undefined && by !== "problem")
    ids = ids.where(hasProblem("source.id", conditions.problem));
  const name = conditions.function;
  if (name === undefined || by === "function") return ids;
  return ids.where(sql<boolean>`source.id IN (SELECT message_id FROM execution INDEXED BY execution_by_function
    WHERE function = ${name} AND message_id = source.id)`);
}

/** Whether a copy of the message with the id in this column exists. */
export function wasResubmitted(id: "message.id" | "source.id", wanted: boolean) {
  const { sql } = queryBuilder();
  const copies = sql`SELECT 1 FROM message AS copy INDEXED BY message_by_original
    WHERE copy.resubmitted_from = ${sql.ref(id)}`;
  return wanted ? sql<boolean>`EXISTS (${copies})` : sql<boolean>`NOT EXISTS (${copies})`;
}

/** Whether the message with the id in this column has the problem. */
export function hasProblem(id: "message.id" | "source.id", key: string) {
  const { sql } = queryBuilder();
  const having = isOfExecutions(key)
    ? sql`SELECT message_id FROM execution INDEXED BY execution_by_problem
        WHERE problem = ${key} AND message_id = ${sql.ref(id)}`
    : sql`SELECT other.id FROM message AS other INDEXED BY message_by_problem
        WHERE other.problem = ${key} AND other.id = ${sql.ref(id)}`;
  return sql<boolean>`EXISTS (${having})`;
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
  const { before, downTo, from, to, problem = "" } = conditions;
  const withProblem = isOfExecutions(problem)
    ? queries.selectFrom("execution").select("message_id as id").where("problem", "=", problem)
    : queries.selectFrom("message").select("id").where("problem", "=", problem);
  const sources = { function: executions, resubmitted: originals, problem: withProblem };
  const source =
    by === "function" || by === "resubmitted" || by === "problem" ? sources[by] : messages;
  let ids = queries.selectFrom(source.as("source")).orderBy("source.id", "desc");
  if (before !== undefined) ids = ids.where("source.id", "<", before);
  if (downTo !== undefined) ids = ids.where("source.id", ">=", downTo);
  if (from !== undefined) ids = ids.where("source.id", ">=", leastIdAt(from));
  if (to !== undefined) ids = ids.where("source.id", "<", leastIdAt(to));
  return ids;
}
