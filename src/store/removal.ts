/** Takes ended messages out of the log, oldest first, and gives the room in the file back: a little at a time. */
import type { Sqlite } from "./database.ts";

/** What one step takes: it holds up whoever wants to write meanwhile. */
const STEP_MESSAGES = 32;
const STEP_BYTES = 1024 * 1024;
const STEP_PAGES = 256;
/** SQLite's own number for it. */
const INCREMENTAL = 2;

export interface RemovalRange {
  /** Only messages with a greater id. */
  readonly after: string;
  /** Only messages with a lesser id. */
  readonly before: string;
}

export interface Removed {
  readonly count: number;
  /** The last id that was removed: the next step goes on after it. Undefined when there was none left. */
  readonly last: string | undefined;
}

/** In bytes: the file without what waits in the write-ahead log, and the part of it that holds nothing. */
export interface FileSize {
  readonly total: number;
  readonly free: number;
}

export class Removal {
  readonly #sqlite: Sqlite;
  readonly #oldest;
  readonly #remove;
  readonly #pageBytes: number;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    this.#pageBytes = Number(sqlite.pragma("page_size", { simple: true }));
    this.#oldest = sqlite.prepare<RemovalRange, { id: string; body_bytes: number }>(
      `SELECT id, body_bytes FROM message WHERE id > :after AND id < :before AND status <> 'PENDING'
       ORDER BY id LIMIT ${STEP_MESSAGES}`,
    );
    this.#remove = sqlite.prepare<[string]>("DELETE FROM message WHERE id = ?");
  }

  /** One step. What belongs to a message goes with it. */
  step(range: RemovalRange): Removed {
    let bytes = 0;
    let count = 0;
    let last: string | undefined;
    for (const { id, body_bytes } of this.#oldest.all(range)) {
      if (count > 0 && bytes + body_bytes > STEP_BYTES) break;
      this.#remove.run(id);
      bytes += body_bytes;
      count += 1;
      last = id;
    }
    return { count, last };
  }

  size(): FileSize {
    const pages = (pragma: string) =>
      Number(this.#sqlite.pragma(pragma, { simple: true })) * this.#pageBytes;
    return { total: pages("page_count"), free: pages("freelist_count") };
  }

  /** One step of making the file smaller. False when it cannot be made any smaller this way. */
  shrink(): boolean {
    if (this.#sqlite.pragma("auto_vacuum", { simple: true }) !== INCREMENTAL) return false;
    const before = this.size().total;
    this.#sqlite.pragma(`incremental_vacuum(${STEP_PAGES})`);
    return this.size().total < before;
  }
}
