/** Sums counts of messages and executions into the points and series of a chart. */
import type { MessageConditions } from "../messages/message-conditions.ts";
import { DURATION_CLASSES, type Percentiles, percentilesOf } from "./duration-class.ts";
import type { ExecutionCount, MessageCount } from "./message-counts.ts";

export const STATS_BY = ["status", "provider", "function"] as const;
export type StatsBy = (typeof STATS_BY)[number];

/** Equal parts of a time range, in minutes since the epoch. */
export interface Points {
  /** The start of the first. */
  readonly start: number;
  /** Minutes of each. */
  readonly minutes: number;
  readonly count: number;
}

export interface Series {
  /** Null for messages without a provider. */
  readonly name: string | null;
  readonly count: number;
  readonly failedCount: number;
  /** By point. */
  readonly counts: readonly number[];
  readonly failed: readonly number[];
  readonly durations: Percentiles;
}

/** Filters that counts can meet. */
export type CountedFilter = Pick<MessageConditions, "status" | "provider" | "function">;

class SeriesSum {
  count = 0;
  failedCount = 0;
  readonly counts: Uint32Array;
  readonly failed: Uint32Array;
  readonly durations = new Uint32Array(DURATION_CLASSES);

  constructor(points: number) {
    this.counts = new Uint32Array(points);
    this.failed = new Uint32Array(points);
  }

  add(point: number, count: number, isFailed: boolean): void {
    this.count += count;
    this.counts[point] = (this.counts[point] ?? 0) + count;
    if (!isFailed) return;
    this.failedCount += count;
    this.failed[point] = (this.failed[point] ?? 0) + count;
  }

  series(name: string | null): Series {
    const { count, failedCount } = this;
    const [counts, failed] = [Array.from(this.counts), Array.from(this.failed)];
    return { name, count, failedCount, counts, failed, durations: percentilesOf(this.durations) };
  }
}

export class StatsSum {
  readonly #filter: CountedFilter;
  readonly #by: StatsBy;
  readonly #points: Points;
  readonly #total: SeriesSum;
  readonly #series = new Map<string | null, SeriesSum>();
  readonly #durations: readonly Uint32Array[];

  constructor(filter: CountedFilter, by: StatsBy, points: Points) {
    this.#filter = filter;
    this.#by = by;
    this.#points = points;
    this.#total = new SeriesSum(points.count);
    this.#durations = Array.from({ length: points.count }, () => new Uint32Array(DURATION_CLASSES));
  }

  /** Executions stand for messages: a message has at most one execution of a function. */
  get #countsExecutions(): boolean {
    return this.#by === "function" || this.#filter.function !== undefined;
  }

  addMessage({ minute, provider, status, count }: MessageCount): void {
    if (this.#countsExecutions || !this.#isWanted(provider, status)) return;
    const name = this.#by === "status" ? status : provider;
    this.#add(name, this.#pointOf(minute), { count, isFailed: status === "FAILED" });
  }

  addExecution(execution: ExecutionCount): void {
    const { minute, provider, messageStatus, status, count } = execution;
    if (!this.#isWanted(provider, messageStatus)) return;
    if ((this.#filter.function ?? execution.function) !== execution.function) return;
    const point = this.#pointOf(minute);
    const names = { status: messageStatus, provider, function: execution.function };
    const name = names[this.#by];
    if (this.#countsExecutions) {
      const failed = this.#by === "function" ? status : messageStatus;
      this.#add(name, point, { count, isFailed: failed === "FAILED" });
    }
    for (const classes of [
      this.#total.durations,
      this.#seriesOf(name).durations,
      this.#durations[point],
    ])
      if (classes !== undefined)
        classes[execution.durationClass] = (classes[execution.durationClass] ?? 0) + count;
  }

  total(): Series {
    return this.#total.series(null);
  }

  /** By point. */
  durations(): readonly Percentiles[] {
    return this.#durations.map(percentilesOf);
  }

  /** The largest series first; `other` is the sum of those beyond `limit`. */
  series(limit: number): { readonly series: readonly Series[]; readonly other: number } {
    const sorted = [...this.#series]
      .filter(([, { count }]) => count > 0)
      .toSorted(([, a], [, b]) => b.count - a.count);
    const other = sorted.slice(limit).reduce((sum, [, { count }]) => sum + count, 0);
    return { series: sorted.slice(0, limit).map(([name, sum]) => sum.series(name)), other };
  }

  #isWanted(provider: string | null, status: string): boolean {
    const wanted = this.#filter;
    return (
      (wanted.provider === undefined || wanted.provider === provider) &&
      (wanted.status === undefined || wanted.status === status)
    );
  }

  #pointOf(minute: number): number {
    const { start, minutes } = this.#points;
    return Math.floor((minute - start) / minutes);
  }

  #add(
    name: string | null,
    point: number,
    { count, isFailed }: { readonly count: number; readonly isFailed: boolean },
  ): void {
    this.#total.add(point, count, isFailed);
    this.#seriesOf(name).add(point, count, isFailed);
  }

  #seriesOf(name: string | null): SeriesSum {
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    const series = new SeriesSum(this.#points.count);
    this.#series.set(name, series);
    return series;
  }
}
