/** The key-value store of one function: reads are synchronous; writes go with the next commit. */

import type { Write } from "../sqlite/writer.ts";
import type { KvRefused, KvTable } from "./kv-table.ts";

export interface FunctionKv {
  readonly get: (key: string) => string | undefined;
  readonly set: (entry: {
    readonly key: string;
    readonly value: string;
    readonly ttlMs?: number;
    readonly expected?: string | null;
  }) => Promise<boolean | KvRefused>;
  readonly delete: (key: string) => Promise<boolean>;
  readonly increment: (
    key: string,
    by: number,
    ttlMs: number | undefined,
  ) => Promise<number | KvRefused>;
}

export class KvStore {
  readonly #table: KvTable;
  readonly #write: Write;

  constructor(table: KvTable, write: Write) {
    this.#table = table;
    this.#write = write;
  }

  /** Writes resolve once they are on disk, and throw `storage_unavailable` when they fail. */
  of(name: string, now: () => number): FunctionKv {
    const slot = (key: string) => ({ function: name, key, now: now() });
    const expiryOf = (ttlMs: number | undefined) =>
      ttlMs === undefined ? undefined : now() + ttlMs;
    return {
      get: (key) => this.#table.get(slot(key)),
      set: ({ ttlMs, expected, ...entry }) => {
        const write = { function: name, ...entry, expiresAt: expiryOf(ttlMs) ?? null };
        return this.#write(() => this.#table.set(write, now(), expected));
      },
      delete: (key) => this.#write(() => this.#table.delete(slot(key))),
      increment: (key, by, ttlMs) =>
        this.#write(() => this.#table.increment(slot(key), by, expiryOf(ttlMs))),
    };
  }
}
