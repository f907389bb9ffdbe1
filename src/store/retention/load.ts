/** Load figures taken from the rows: at a start, or occasionally while the server runs. */
import type { Sqlite } from "../sqlite/database.ts";

/** Messages scanned for known addresses. A higher number makes a start slower. */
const MAX_SCANNED = 20_000;

export class Load {
  readonly #backlog;
  readonly #oldestDue;
  readonly #oldestUndecided;
  readonly #strangerBytes;
  readonly #known;

  constructor(sqlite: Sqlite) {
    this.#backlog = sqlite.prepare<[], { count: number; bytes: number }>(
      "SELECT COUNT(*) AS count, COALESCE(SUM(body_bytes), 0) AS bytes FROM message WHERE status = 'PENDING'",
    );
    // Skips from function to function along the index: a plain MIN would read every pending row.
    this.#oldestDue = sqlite
      .prepare<[], number | null>(
        `WITH RECURSIVE waiting (name) AS (
           SELECT MIN(function) FROM execution WHERE status = 'PENDING' AND run_at IS NOT NULL
           UNION ALL
           SELECT (SELECT MIN(function) FROM execution
                   WHERE status = 'PENDING' AND run_at IS NOT NULL AND function > waiting.name)
           FROM waiting WHERE waiting.name IS NOT NULL)
         SELECT MIN((SELECT MIN(run_at) FROM execution
                     WHERE status = 'PENDING' AND run_at IS NOT NULL AND function = waiting.name))
         FROM waiting WHERE waiting.name IS NOT NULL`,
      )
      .pluck();
    this.#oldestUndecided = sqlite
      .prepare<[], number>("SELECT received_at FROM message WHERE decided = 0 ORDER BY id LIMIT 1")
      .pluck();
    this.#strangerBytes = sqlite
      .prepare<[], number>(
        "SELECT COALESCE(SUM(stranger_bytes), 0) FROM message WHERE stranger_bytes IS NOT NULL",
      )
      .pluck();
    this.#known = sqlite
      .prepare<[string], string>(
        `SELECT DISTINCT remote_address FROM (
           SELECT * FROM message WHERE id > ? ORDER BY id DESC LIMIT ${MAX_SCANNED})
         WHERE stranger_bytes IS NULL AND decided = 1 AND resubmitted_from IS NULL`,
      )
      .pluck();
  }

  /** Messages that have not ended, and the bytes of their bodies. Reads all of them. */
  backlog(): { readonly count: number; readonly bytes: number } {
    return this.#backlog.get() ?? { count: 0, bytes: 0 };
  }

  /**
   * When the oldest waiting execution was due, or the oldest undecided message was received, in milliseconds since the
   * epoch. Lies in the future if only retries wait. Undefined when nothing waits.
   */
  waitingSince(): number | undefined {
    const times = [this.#oldestDue.get() ?? [], this.#oldestUndecided.get() ?? []].flat();
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Addresses that sent the latest accepted messages, resubmissions aside, among messages with a greater id. */
  knownAddresses(after: string): readonly string[] {
    return this.#known.all(after);
  }

  /** Bytes that the messages of strangers (senders without a match or a valid signature) take. */
  strangerBytes(): number {
    return this.#strangerBytes.get() ?? 0;
  }
}
