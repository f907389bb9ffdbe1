/** Removes ended messages from the log, oldest first, and returns the freed space in the file, in small steps. */
import type { Rollups } from "../rollups/rollups.ts";
import type { Sqlite } from "../sqlite/database.ts";

/** Bounds of one step: other writes wait while it runs. */
const STEP_MESSAGES = 32;
const STEP_BYTES = 1024 * 1024;
const STEP_PAGES = 128;
/** SQLite's value for `auto_vacuum = INCREMENTAL`. */
const INCREMENTAL = 2;

export interface RemovalRange {
  /** Only messages with a greater id. */
  readonly after: string;
  /** Only messages with a lesser id. */
  readonly before: string;
  /** Only messages of strangers, and only until this many bytes are removed. */
  readonly strangerBytes?: number;
}

export interface Removed {
  readonly count: number;
  /** The last id that was removed: the next step continues after it. Undefined when none was removed. */
  readonly last: string | undefined;
  /** Bytes that the removed messages of strangers took. */
  readonly strangerBytes: number;
}

interface Removable {
  readonly id: string;
  readonly body_bytes: number;
  readonly stranger_bytes: number | null;
}

/** In bytes. `total` is the file without the write-ahead log, `free` its unused pages. */
export interface FileSize {
  readonly total: number;
  readonly free: number;
}

export class Removal {
  readonly #sqlite: Sqlite;
  readonly #rollups: Pick<Rollups, "removing">;
  readonly #oldest;
  readonly #oldestStrangers;
  readonly #remove;
  readonly #pageBytes: number;

  constructor(sqlite: Sqlite, rollups: Pick<Rollups, "removing">) {
    this.#sqlite = sqlite;
    this.#rollups = rollups;
    this.#pageBytes = Number(sqlite.pragma("page_size", { simple: true }));
    this.#oldest = sqlite.prepare<[string, string], Removable>(
      `SELECT id, body_bytes, stranger_bytes FROM message WHERE id > ? AND id < ? AND status <> 'PENDING'
       ORDER BY id LIMIT ${STEP_MESSAGES}`,
    );
    this.#oldestStrangers = sqlite.prepare<[string, string], Removable>(
      `SELECT id, body_bytes, stranger_bytes FROM message INDEXED BY message_of_strangers
       WHERE stranger_bytes IS NOT NULL AND id > ? AND id < ? ORDER BY id LIMIT ${STEP_MESSAGES}`,
    );
    this.#remove = sqlite.prepare<[string]>("DELETE FROM message WHERE id = ?");
  }

  /** Removes one batch of messages; their content, executions and attempts are deleted with them. */
  step({ after, before, strangerBytes: wanted }: RemovalRange): Removed {
    const oldest = wanted === undefined ? this.#oldest : this.#oldestStrangers;
    let bytes = 0;
    let strangerBytes = 0;
    const ids: string[] = [];
    for (const { id, body_bytes, stranger_bytes } of oldest.all(after, before)) {
      if (ids.length > 0 && bytes + body_bytes > STEP_BYTES) break;
      if (wanted !== undefined && strangerBytes >= wanted) break;
      ids.push(id);
      bytes += body_bytes;
      strangerBytes += stranger_bytes ?? 0;
    }
    this.#rollups.removing(ids);
    for (const id of ids) this.#remove.run(id);
    return { count: ids.length, last: ids.at(-1), strangerBytes };
  }

  size(): FileSize {
    const pages = (pragma: string) =>
      Number(this.#sqlite.pragma(pragma, { simple: true })) * this.#pageBytes;
    return { total: pages("page_count"), free: pages("freelist_count") };
  }

  /** Shrinks the file by one step. False when it cannot become smaller this way. */
  shrink(): boolean {
    if (this.#sqlite.pragma("auto_vacuum", { simple: true }) !== INCREMENTAL) return false;
    const before = this.size().total;
    this.#sqlite.pragma(`incremental_vacuum(${STEP_PAGES})`);
    return this.size().total < before;
  }
}
