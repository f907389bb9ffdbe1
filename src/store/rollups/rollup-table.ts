/** The tables `rollup` and `rollup_name`: counts by minute, hour and day. */
import type { Sqlite } from "../sqlite/database.ts";
import type { ExecutionCount, MessageCount } from "./message-counts.ts";
import { CountSums } from "./packed-counts.ts";

/** Minutes that a row may cover, longest first. */
const SPANS = [1440, 60, 1] as const;
export type Span = (typeof SPANS)[number];

/** The spans whose rows fit into points of this length, longest first. */
export const spansIn = (minutes: number): readonly Span[] =>
  SPANS.filter((span) => minutes % span === 0);

/** How many rows a point of this length may need. */
export const rowsPerPoint = (minutes: number): number => minutes / (spansIn(minutes)[0] ?? 1);

export interface Counted {
  readonly messages: readonly MessageCount[];
  readonly executions: readonly ExecutionCount[];
}

/** Rows of one span with `from <= start < to`, in minutes since the epoch. */
export interface Segment {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
}

export class RollupTable {
  readonly #id;
  readonly #addName;
  readonly #names;
  readonly #read;
  readonly #put;
  readonly #remove;
  readonly #segment;

  constructor(sqlite: Sqlite) {
    this.#id = sqlite
      .prepare<[string], number>("SELECT id FROM rollup_name WHERE name = ?")
      .pluck();
    this.#addName = sqlite
      .prepare<[string], number>("INSERT INTO rollup_name (name) VALUES (?) RETURNING id")
      .pluck();
    this.#names = sqlite.prepare<[], { id: number; name: string }>("SELECT * FROM rollup_name");
    this.#read = sqlite
      .prepare<[Span, number], Buffer>("SELECT counts FROM rollup WHERE span = ? AND start = ?")
      .pluck();
    this.#put = sqlite.prepare<[Span, number, Buffer]>(
      "INSERT INTO rollup VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET counts = excluded.counts",
    );
    this.#remove = sqlite.prepare<[Span, number]>(
      "DELETE FROM rollup WHERE span = ? AND start = ?",
    );
    this.#segment = sqlite.prepare<Segment, { start: number; counts: Buffer }>(
      "SELECT start, counts FROM rollup WHERE span = :span AND start >= :from AND start < :to",
    );
  }

  /** Adds the counts to the rows of all spans, or takes them away. */
  add(counted: Counted, times: 1 | -1): void {
    const minutes = this.#sumsByMinute(counted);
    for (const span of SPANS) {
      const byStart = Map.groupBy(minutes, ([minute]) => minute - (minute % span));
      for (const [start, parts] of byStart) {
        const sums = this.#sumsOf(span, start);
        for (const [, part] of parts) sums.addAll(part, times);
        if (sums.isEmpty) this.#remove.run(span, start);
        else this.#put.run(span, start, sums.toBytes());
      }
    }
  }

  #sumsOf(span: Span, start: number): CountSums {
    const bytes = this.#read.get(span, start);
    return bytes === undefined ? new CountSums() : CountSums.from(bytes);
  }

  rows(segment: Segment): readonly { readonly start: number; readonly counts: Buffer }[] {
    return this.#segment.all(segment);
  }

  /** Names by their numbers; none at 0. */
  names(): readonly (string | undefined)[] {
    const names: (string | undefined)[] = [];
    for (const { id, name } of this.#names.all()) names[id] = name;
    return names;
  }

  #sumsByMinute({ messages, executions }: Counted): ReadonlyMap<number, CountSums> {
    const ids = new Map<string, number>();
    // A number is not kept from one transaction to the next, because a transaction may be rolled back.
    const idOf = (name: string): number => {
      const id = ids.get(name) ?? this.#id.get(name) ?? this.#addName.get(name) ?? 0;
      ids.set(name, id);
      return id;
    };
    const providerId = (provider: string | null) => (provider === null ? 0 : idOf(provider));
    const minutes = new Map<number, CountSums>();
    const sumsOf = (minute: number): CountSums => {
      const sums = minutes.get(minute) ?? new CountSums();
      minutes.set(minute, sums);
      return sums;
    };
    for (const { minute, provider, status, count } of messages)
      sumsOf(minute).addMessage([providerId(provider), idOf(status), count]);
    for (const one of executions) {
      const { minute, messageStatus, status, durationClass, count } = one;
      const names = [idOf(one.function), providerId(one.provider), idOf(messageStatus)];
      sumsOf(minute).addExecution([...names, idOf(status), durationClass, count]);
    }
    return minutes;
  }
}
