/** Caches which scripts loaded without an error: read synchronously, written with the next commit. */
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";

/** Scripts in use are checked at every start, so an entry this old belongs to a script that is no longer installed. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Precision of `used_at`: a start need not write a row for every script. */
const TOUCHED_MS = 24 * 60 * 60 * 1000;

interface CheckRow {
  readonly key: string;
  /** A JSON list of names. */
  readonly exports: string;
  /** Milliseconds since the epoch. */
  readonly used_at: number;
}

export class CheckStore {
  readonly #find;
  readonly #put;
  readonly #forget;
  readonly #write: Write;

  constructor(sqlite: Sqlite, write: Write) {
    this.#write = write;
    this.#find = sqlite.prepare<[string], CheckRow>("SELECT * FROM script_check WHERE key = ?");
    this.#put = sqlite.prepare<CheckRow>(
      `INSERT INTO script_check (key, exports, used_at) VALUES (:key, :exports, :used_at)
       ON CONFLICT (key) DO UPDATE SET exports = :exports, used_at = :used_at`,
    );
    this.#forget = sqlite.prepare<[number]>("DELETE FROM script_check WHERE used_at < ?");
  }

  /** The names a script exports; undefined when no successful check is cached. */
  find(key: string, now: number): readonly string[] | undefined {
    const row = this.#find.get(key);
    if (row === undefined) return undefined;
    const exports: readonly string[] = JSON.parse(row.exports);
    if (row.used_at < now - TOUCHED_MS) this.keep(key, exports, now);
    return exports;
  }

  keep(key: string, exports: readonly string[], now: number): void {
    const row = { key, exports: JSON.stringify(exports), used_at: now };
    this.#write(() => {
      this.#put.run(row);
      this.#forget.run(now - KEPT_MS);
    }).catch(() => undefined); // If the write fails, the next start checks the script again.
  }
}
