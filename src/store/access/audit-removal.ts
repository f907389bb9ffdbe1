/** Keeps the audit log within its age and size: removes the oldest entries, a few at a time. */
import type { Sqlite } from "../sqlite/database.ts";

/** Rows that one step removes at most. */
const STEP_ROWS = 500;
/** Rows that one step counts at most: takes some milliseconds. */
const COUNTED_ROWS = 10_000;
/**
 * Matches changes of permissions and of installed scripts. When the log is full, entries of reads and runs go first: a
 * caller can make many of those, and must not push out the changes.
 */
const IS_CHANGE = ["token", "property", "key", "provider", "function"]
  .map((noun) => `action GLOB '${noun}.*'`)
  .join(" OR ");
/** Estimated bytes of a row, index entries included. */
const BYTES = `(100 + 2 * (octet_length(target) + octet_length(action) + ifnull(octet_length(caller), 0))
  + ifnull(octet_length("before"), 0) + ifnull(octet_length("after"), 0))`;

interface Sized {
  readonly id: number;
  readonly bytes: number;
}

export class AuditRemoval {
  readonly #removeBefore;
  readonly #sizes;
  readonly #oldestOthers;
  readonly #oldestChanges;
  readonly #remove;
  /** Entries with greater ids are not counted yet. Ids only grow. */
  #countedTo = 0;
  #bytes = 0;

  constructor(sqlite: Sqlite) {
    const oldest = (which: string) =>
      sqlite.prepare<[], Sized>(
        `SELECT id, ${BYTES} AS bytes FROM audit WHERE ${which} ORDER BY id LIMIT ${STEP_ROWS}`,
      );
    this.#removeBefore = sqlite.prepare<[number], Sized>(
      `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ${STEP_ROWS})
       RETURNING id, ${BYTES} AS bytes`,
    );
    this.#sizes = sqlite.prepare<[number], Sized>(
      `SELECT id, ${BYTES} AS bytes FROM audit WHERE id > ? ORDER BY id LIMIT ${COUNTED_ROWS}`,
    );
    this.#oldestOthers = oldest(`NOT (${IS_CHANGE})`);
    this.#oldestChanges = oldest(IS_CHANGE);
    this.#remove = sqlite.prepare<[number]>("DELETE FROM audit WHERE id = ?");
  }

  /** Bytes of the entries counted so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts the entries added since the last count, in steps. True when there are more to count. */
  count(): boolean {
    const added = this.#sizes.all(this.#countedTo);
    for (const { bytes } of added) this.#bytes += bytes;
    this.#countedTo = added.at(-1)?.id ?? this.#countedTo;
    return added.length === COUNTED_ROWS;
  }

  /** Called when a removal was not stored: the count is wrong, so it starts again. */
  recount(): void {
    this.#countedTo = 0;
    this.#bytes = 0;
  }

  /** Removes one batch of entries older than `time`. Returns their number. */
  removeBefore(time: number): number {
    return this.#subtract(this.#removeBefore.all(time));
  }

  /** Removes one batch of the oldest entries, until at most `maxBytes` are left. Returns their number. */
  removeDownTo(maxBytes: number): number {
    const others = this.#oldestOthers.all();
    let remaining = this.#bytes;
    const removed: Sized[] = [];
    for (const one of others.length > 0 ? others : this.#oldestChanges.all()) {
      if (remaining <= maxBytes) break;
      remaining -= one.bytes;
      removed.push(one);
    }
    for (const { id } of removed) this.#remove.run(id);
    return this.#subtract(removed);
  }

  #subtract(removed: readonly Sized[]): number {
    for (const { id, bytes } of removed) if (id <= this.#countedTo) this.#bytes -= bytes;
    return removed.length;
  }
}
