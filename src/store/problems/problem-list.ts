/** Reads problems: how often and when each happened, with its newest message as an example. */
import type { Verification } from "../../model/decision.ts";
import type { ScriptFailure } from "../../model/failure-kind.ts";
import { messageIdTime } from "../../model/message-id.ts";
import { isOfExecutions, type ProblemCause, type ProblemKind } from "../../model/problem.ts";
import type { Sqlite } from "../sqlite/database.ts";

export interface ProblemFilter {
  readonly kind?: ProblemKind | undefined;
  readonly provider?: string | undefined;
  readonly function?: string | undefined;
  readonly muted?: boolean | undefined;
  /** Hours since the epoch: only problems that happened in these, counted in these. */
  readonly hours: HourRange;
}

export interface HourRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Milliseconds since the epoch. */
export interface Mute {
  readonly at: number;
  /** Null: until it happens again. */
  readonly until: number | null;
  /** The name of a token. */
  readonly by: string;
}

export interface Problem {
  readonly key: string;
  readonly cause: ProblemCause;
  readonly count: number;
  /** When its first and its last message in the log were received. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Its last message. */
  readonly messageId: string;
  readonly byHour: ReadonlyMap<number, number>;
  readonly mute: Mute | null;
  /** Of the last message. */
  readonly example: ProblemExample;
}

interface ProblemExample {
  readonly failure?: ScriptFailure;
  readonly verification?: Partial<Verification>;
}

interface ProblemRow {
  readonly key: string;
  readonly cause: string;
  readonly muted_at: number | null;
  readonly muted_until: number | null;
  readonly muted_by: string | null;
  readonly count: number;
  readonly lastHour: number;
}

interface Ends {
  readonly first: string;
  readonly last: string;
}

export interface ProblemPage {
  readonly items: readonly Problem[];
  /** The key to continue after; null at the end. */
  readonly nextCursor: string | null;
}

interface PageRequest {
  readonly now: number;
  readonly limit: number;
  readonly after?: string;
}

export class ProblemList {
  readonly #rows;
  readonly #row;
  readonly #byHour;
  readonly #ofMessages;
  readonly #ofExecutions;
  readonly #failure;
  readonly #verification;
  readonly #oldest;

  constructor(sqlite: Sqlite) {
    const rows = `SELECT key, cause, muted_at, muted_until, muted_by, sum(count) AS count, max(hour) AS lastHour
      FROM problem_count JOIN problem ON key = problem WHERE hour >= :from AND hour < :to`;
    this.#rows = sqlite.prepare<HourRange, ProblemRow>(
      `${rows} GROUP BY key ORDER BY lastHour DESC, count DESC, key`,
    );
    this.#row = sqlite.prepare<HourRange & { key: string }, ProblemRow>(
      `${rows} AND key = :key GROUP BY key`,
    );
    this.#byHour = sqlite.prepare<HourRange & { key: string }, { hour: number; count: number }>(
      "SELECT hour, count FROM problem_count WHERE problem = :key AND hour >= :from AND hour < :to",
    );
    const ends = (table: string, id: string) =>
      sqlite.prepare<{ key: string }, Ends>(
        `SELECT (SELECT min(${id}) FROM ${table} WHERE problem = :key) AS first,
           (SELECT max(${id}) FROM ${table} WHERE problem = :key) AS last`,
      );
    this.#ofMessages = ends("message", "id");
    this.#ofExecutions = ends("execution", "message_id");
    this.#failure = sqlite
      .prepare<[string, string], string>(
        `SELECT ifnull(report, (SELECT report FROM attempt WHERE execution_id = execution.id
           AND outcome <> 'INTERRUPTED' ORDER BY number DESC LIMIT 1)) -> '$.failure'
         FROM execution WHERE problem = ? AND message_id = ?`,
      )
      .pluck();
    this.#verification = sqlite
      .prepare<[string], string | null>("SELECT verification FROM content WHERE message_id = ?")
      .pluck();
    this.#oldest = sqlite.prepare<[], number | null>("SELECT min(hour) FROM problem_count").pluck();
  }

  /** The hour of the oldest problem. */
  oldestHour(): number | undefined {
    return this.#oldest.get() ?? undefined;
  }

  /**
   * Those of the latest hour first, the most frequent of an hour first. `after` is the key that an earlier page ended
   * with; undefined if that is no longer in the list.
   */
  list(filter: ProblemFilter, { now, limit, after }: PageRequest): ProblemPage | undefined {
    const rows = this.#rows.all(filter.hours).filter((row) => this.#isWanted(row, filter, now));
    const place = rows.findIndex(({ key }) => key === after);
    if (after !== undefined && place === -1) return undefined;
    const start = place + 1;
    const items = rows.slice(start, start + limit).map((row) => this.#problem(row, filter, now));
    const isLast = start + limit >= rows.length;
    return { items, nextCursor: isLast ? null : (items.at(-1)?.key ?? null) };
  }

  /** Undefined when no message of these hours has this problem. */
  find(key: string, hours: HourRange, now: number): Problem | undefined {
    const row = this.#row.get({ key, ...hours });
    return row && this.#problem(row, { hours }, now);
  }

  #isWanted(
    row: ProblemRow,
    { kind, provider, function: name, muted }: ProblemFilter,
    now: number,
  ) {
    const cause: ProblemCause = JSON.parse(row.cause);
    const functionName = cause.kind === "FAILURE" ? cause.function : undefined;
    return (
      (kind === undefined || kind === cause.kind) &&
      (provider === undefined || provider === cause.provider) &&
      (name === undefined || name === functionName) &&
      (muted === undefined || muted === (this.#muteOf(row, now) !== null))
    );
  }

  #problem(row: ProblemRow, { hours }: Pick<ProblemFilter, "hours">, now: number): Problem {
    const { key, count } = row;
    const { first, last } = this.#endsOf(key);
    const byHour = this.#byHour.all({ key, ...hours }).map((one) => [one.hour, one.count] as const);
    return {
      key,
      cause: JSON.parse(row.cause),
      count,
      firstAt: messageIdTime(first),
      lastAt: messageIdTime(last),
      messageId: last,
      byHour: new Map(byHour),
      mute: this.#muteOf(row, now),
      example: this.#example(key, last),
    };
  }

  #endsOf(key: string): Ends {
    const ends = isOfExecutions(key) ? this.#ofExecutions : this.#ofMessages;
    return ends.get({ key }) ?? { first: "", last: "" };
  }

  /** The mute in effect. */
  #muteOf({ key, muted_at: at, muted_until: until, muted_by: by }: ProblemRow, now: number) {
    if (at === null) return null;
    const isOver = until === null ? messageIdTime(this.#endsOf(key).last) > at : until <= now;
    return isOver ? null : { at, until, by: by ?? "" };
  }

  #example(key: string, messageId: string): ProblemExample {
    if (isOfExecutions(key))
      return { failure: JSON.parse(this.#failure.get(key, messageId) ?? "null") ?? undefined };
    return { verification: JSON.parse(this.#verification.get(messageId) ?? "null") ?? undefined };
  }
}
