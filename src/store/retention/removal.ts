/** Takes ended messages out of the log, oldest first, and gives the room in the file back: a little at a time. */
import type { Sqlite } from "../sqlite/database.ts";

/** What one step takes: it holds up whoever wants to write meanwhile. */
const STEP_MESSAGES = 32;
const STEP_BYTES = 1024 * 1024;
const STEP_PAGES = 128;
/** SQLite's own number for it. */
const INCREMENTAL = 2;

export interface RemovalRange {
  /** Only messages with a greater id. */
  readonly after: string;
  /** Only messages with a lesser id. */
  readonly before: string;
  /** Only messages of strangers, and no more than make up this many bytes. */
  readonly strangerBytes?: number;
}

export interface Removed {
  readonly count: number;
  /** The last id that was removed: the next step goes on after it. Undefined when there was none left. */
  readonly last: string | undefined;
  /** What messages of strangers were among them took, in bytes. */
  readonly strangerBytes: number;
}

interface Removable {
  readonly id: string;
  readonly body_bytes: number;
  readonly stranger_bytes: number | null;
}

/** In bytes: the file without what waits in the write-ahead log, and the part of it that holds nothing. */
export interface FileSize {
  readonly total: number;
  readonly free: number;
}

export class Removal {
  readonly #sqlite: Sqlite;
  readonly #oldest;
  readonly #oldestOfStrangers;
  readonly #remove;
  readonly #pageBytes: number;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    this.#pageBytes = Number(sqlite.pragma("page_size", { simple: true }));
    this.#oldest = sqlite.prepare<[string, string], Removable>(
      `SELECT id, body_bytes, stranger_bytes FROM message WHERE id > ? AND id < ? AND status <> 'PENDING'
       ORDER BY id LIMIT ${STEP_MESSAGES}`,
    );
    this.#oldestOfStrangers = sqlite.prepare<[string, string], Removable>(
      `SELECT id, body_bytes, stranger_bytes FROM message INDEXED BY message_of_strangers
       WHERE stranger_bytes IS NOT NULL AND id > ? AND id < ? ORDER BY id LIMIT ${STEP_MESSAGES}`,
    );
    this.#remove = sqlite.prepare<[string]>("DELETE FROM message WHERE id = ?");
  }

  /** One step. What belongs to a message goes with it. */
  step({ after, before, strangerBytes: wanted }: RemovalRange): Removed {
    const oldest = wanted === undefined ? this.#oldest : this.#oldestOfStrangers;
    let bytes = 0;
    let strangerBytes = 0;
    let count = 0;
    let last: string | undefined;
    for (const { id, body_bytes, stranger_bytes } of oldest.all(after, before)) {
      if (count > 0 && bytes + body_bytes > STEP_BYTES) break;
      if (wanted !== undefined && strangerBytes >= wanted) break;
      this.#remove.run(id);
      bytes += body_bytes;
      strangerBytes += stranger_bytes ?? 0;
      count += 1;
      last = id;
    }
    return { count, last, strangerBytes };
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
