/** Keeps the audit log within its age and size: takes the oldest entries out, a few at a time. */
import type { Sqlite } from "../sqlite/database.ts";

/** What one step of removal takes. */
const STEP_ROWS = 500;
/** What one step of counting takes: some milliseconds. */
const COUNTED_ROWS = 10_000;
/**
 * Changes of who may do what, and of what runs. When there is no more room, entries of reads and runs go first: a caller
 * can make many of those, and must not push out the others.
 */
const IS_CHANGE = ["token", "property", "key", "provider", "function"]
  .map((noun) => `action GLOB '${noun}.*'`)
  .join(" OR ");
/** About what a row takes, with its places in the indexes. */
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
  /** Entries with greater ids are not counted yet: ids only grow. */
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

  /** What the entries take that have been counted. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One step of counting what was added. True when there is more to count. */
  count(): boolean {
    const added = this.#sizes.all(this.#countedTo);
    for (const { bytes } of added) this.#bytes += bytes;
    this.#countedTo = added.at(-1)?.id ?? this.#countedTo;
    return added.length === COUNTED_ROWS;
  }

  /** A removal was not stored: what was counted is not true any more. */
  recount(): void {
    this.#countedTo = 0;
    this.#bytes = 0;
  }

  /** One step of removing what is older. Returns the number of entries. */
  removeBefore(time: number): number {
    return this.#removed(this.#removeBefore.all(time));
  }

  /** One step of removing the oldest, until what is left takes no more than this. Returns the number of entries. */
  removeDownTo(most: number): number {
    const others = this.#oldestOthers.all();
    let left = this.#bytes;
    const gone: Sized[] = [];
    for (const one of others.length > 0 ? others : this.#oldestChanges.all()) {
      if (left <= most) break;
      left -= one.bytes;
      gone.push(one);
    }
    for (const { id } of gone) this.#remove.run(id);
    return this.#removed(gone);
  }

  #removed(gone: readonly Sized[]): number {
    for (const { id, bytes } of gone) if (id <= this.#countedTo) this.#bytes -= bytes;
    return gone.length;
  }
}
