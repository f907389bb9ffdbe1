/**
 * Figures about messages by time. Status, provider, function and time are answered from counts, whatever the number of
 * messages; with other filters the messages are counted one by one, the newest first, up to a limit.
 */
import { leastIdAt, messageIdTime } from "../../model/message-id.ts";
import { chooseSource, type MessageConditions, sourceIds } from "../messages/message-conditions.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { selectAll } from "../sqlite/query-builder.ts";
import { GIVEN_MESSAGES, MessageCounts, MINUTE_MS } from "./message-counts.ts";
import { visitCounts } from "./packed-counts.ts";
import { type RollupTable, type Segment, type Span, spansIn } from "./rollup-table.ts";
import { type Points, type StatsBy, StatsSum } from "./stats-sum.ts";

/** Messages counted one by one at most, at about four microseconds each. */
export const MAX_COUNTED = 5000;

export interface StatsQuery {
  readonly filter: MessageConditions & { readonly from: number; readonly to: number };
  readonly by: StatsBy;
  /** Covers `from` to `to`. */
  readonly points: Points;
}

export interface MessageStats {
  readonly sum: StatsSum;
  /** All messages received at this time or later are counted, of earlier ones perhaps only some; null when all are. */
  readonly countedFrom: number | null;
}

/** Ids to count, newest first, and the time from which they are complete. */
interface Found {
  readonly ids: readonly string[];
  readonly countedFrom: number | null;
}

/** Sorts after every id, since ids consist of hexadecimal digits. */
const AFTER_ALL_IDS = "g";

/** Whether the counts are kept by this filter. One that is missing here would be ignored. */
const IS_KEPT = {
  status: true,
  provider: true,
  function: true,
  from: true,
  to: true,
  before: true,
  downTo: true,
  uri: false,
  eventType: false,
  resubmitted: false,
  problem: false,
} as const satisfies Record<keyof Required<MessageConditions>, boolean>;

const OTHER_FILTERS = Object.entries(IS_KEPT).flatMap(([name, isKept]) => (isKept ? [] : [name]));

const hasOtherFilter = (conditions: MessageConditions): boolean =>
  OTHER_FILTERS.some((name) => Reflect.get(conditions, name) !== undefined);

export class MessageStatsReader {
  readonly #sqlite: Sqlite;
  readonly #table: RollupTable;
  readonly #given: MessageCounts<{ ids: string }>;
  readonly #through;
  readonly #messages;
  readonly #pending;
  readonly #oldest;

  constructor(sqlite: Sqlite, table: RollupTable) {
    this.#sqlite = sqlite;
    this.#table = table;
    this.#given = new MessageCounts(sqlite, GIVEN_MESSAGES);
    this.#through = sqlite.prepare<[], string>("SELECT through FROM rollup_state").pluck();
    const idsBetween = (table: string, id: string) =>
      sqlite
        .prepare<[string, string], string>(
          `SELECT ${id} FROM ${table} WHERE ${id} > ? AND ${id} < ?
           ORDER BY ${id} DESC LIMIT ${MAX_COUNTED + 1}`,
        )
        .pluck();
    this.#messages = idsBetween("message", "id");
    this.#pending = idsBetween("rollup_pending", "message_id");
    this.#oldest = sqlite
      .prepare<[], number>("SELECT received_at FROM message ORDER BY id LIMIT 1")
      .pluck();
  }

  /** When the oldest message was received, in milliseconds since the epoch. */
  oldest(): number | undefined {
    return this.#oldest.get();
  }

  /** Messages that are not counted yet, up to a limit. */
  uncounted(): number {
    return this.#messages.all(this.#through.get() ?? "", AFTER_ALL_IDS).length;
  }

  read({ filter, by, points }: StatsQuery): MessageStats {
    const sum = new StatsSum(filter, by, points);
    const found = hasOtherFilter(filter)
      ? [this.#matching(filter)]
      : this.#addCounted(sum, { filter, by, points });
    const countedFrom = found.flatMap((one) => one.countedFrom ?? []);
    this.#addGiven(sum, [...new Set(found.flatMap(({ ids }) => ids))]);
    return { sum, countedFrom: countedFrom.length === 0 ? null : Math.max(...countedFrom) };
  }

  /** The figures of these messages. */
  readGiven(ids: readonly string[], { filter, by, points }: StatsQuery): StatsSum {
    const sum = new StatsSum(filter, by, points);
    this.#addGiven(sum, ids);
    return sum;
  }

  #matching(filter: MessageConditions): Found {
    const { by, end } = chooseSource(this.#sqlite, filter, MAX_COUNTED);
    const query = sourceIds(by, { ...filter, downTo: end })
      .select("source.id")
      .limit(MAX_COUNTED + 1);
    const found = atMost(selectAll(this.#sqlite, query).map(({ id }) => id));
    if (found.countedFrom !== null || end === undefined) return found;
    return { ...found, countedFrom: messageIdTime(end) };
  }

  /** Adds the counts of whole minutes. Returns the messages that these do not hold. */
  #addCounted(sum: StatsSum, { filter: { from, to }, points }: StatsQuery): readonly Found[] {
    const [first, last] = [Math.ceil(from / MINUTE_MS), Math.floor(to / MINUTE_MS)];
    const messagesIn = (start: number, end: number) =>
      atMost(this.#messages.all(leastIdAt(start), leastIdAt(end)));
    if (first >= last) return [messagesIn(from, to)];
    const spans = spansIn(points.minutes);
    const visitor = new NamedVisitor(sum, this.#table.names());
    for (const segment of segmentsOf(first, last, spans))
      for (const { start, counts } of this.#table.rows(segment)) visitor.visit(start, counts);
    const [start, end] = [first * MINUTE_MS, last * MINUTE_MS];
    const [firstId, endId] = [leastIdAt(start), leastIdAt(end)];
    const [, counted = ""] = [firstId, this.#through.get() ?? ""].toSorted();
    return [
      messagesIn(from, start),
      atMost(this.#messages.all(counted, endId)),
      atMost(this.#pending.all(firstId, endId)),
      messagesIn(end, to),
    ];
  }

  #addGiven(sum: StatsSum, ids: readonly string[]): void {
    if (ids.length === 0) return;
    const given = { ids: JSON.stringify(ids) };
    for (const one of this.#given.messages(given)) sum.addMessage(one);
    for (const one of this.#given.executions(given)) sum.addExecution(one);
  }
}

function atMost(ids: readonly string[]): Found {
  const kept = ids.slice(0, MAX_COUNTED);
  const oldest = kept.at(-1);
  const isCut = ids.length > MAX_COUNTED && oldest !== undefined;
  return { ids: kept, countedFrom: isCut ? messageIdTime(oldest) : null };
}

/** Rows that together cover a range of minutes, with as few rows as possible. */
function segmentsOf(from: number, to: number, spans: readonly Span[]): readonly Segment[] {
  const [span, ...shorter] = spans;
  if (span === undefined || from >= to) return [];
  const [first, last] = [Math.ceil(from / span) * span, Math.floor(to / span) * span];
  if (first >= last) return segmentsOf(from, to, shorter);
  return [
    ...segmentsOf(from, first, shorter),
    { span, from: first, to: last },
    ...segmentsOf(last, to, shorter),
  ];
}

/** Adds packed counts to a sum. */
class NamedVisitor {
  readonly #sum: StatsSum;
  readonly #names: readonly (string | undefined)[];

  constructor(sum: StatsSum, names: readonly (string | undefined)[]) {
    this.#sum = sum;
    this.#names = names;
  }

  visit(minute: number, counts: Uint8Array): void {
    const [sum, names] = [this.#sum, this.#names];
    visitCounts(counts, {
      message: ([provider = 0, status = 0, count = 0]) =>
        sum.addMessage({
          minute,
          provider: names[provider] ?? null,
          status: names[status] ?? "",
          count,
        }),
      execution: ([name = 0, provider = 0, messageStatus = 0, status = 0, ...rest]) =>
        sum.addExecution({
          minute,
          function: names[name] ?? "",
          provider: names[provider] ?? null,
          messageStatus: names[messageStatus] ?? "",
          status: names[status] ?? "",
          durationClass: rest[0] ?? 0,
          count: rest[1] ?? 0,
        }),
    });
  }
}
