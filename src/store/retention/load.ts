/** What the rows say about load: read at a start, or now and then. */
import type { Sqlite } from "../sqlite/database.ts";

/** A start must not take long. */
const LATEST = 20_000;

export class Load {
  readonly #backlog;
  readonly #oldestDue;
  readonly #oldestUndecided;
  readonly #ofStrangers;
  readonly #known;

  constructor(sqlite: Sqlite) {
    this.#backlog = sqlite.prepare<[], { count: number; bytes: number }>(
      "SELECT COUNT(*) AS count, COALESCE(SUM(body_bytes), 0) AS bytes FROM message WHERE status = 'PENDING'",
    );
    // From function to function along the index, as a plain MIN would read all that is pending.
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
    this.#ofStrangers = sqlite
      .prepare<[], number>(
        "SELECT COALESCE(SUM(stranger_bytes), 0) FROM message WHERE stranger_bytes IS NOT NULL",
      )
      .pluck();
    this.#known = sqlite
      .prepare<[string], string>(
        `SELECT DISTINCT remote_address FROM (
           SELECT * FROM message WHERE id > ? ORDER BY id DESC LIMIT ${LATEST})
         WHERE stranger_bytes IS NULL AND decided = 1 AND resubmitted_from IS NULL`,
      )
      .pluck();
  }

  /** Messages that have not ended, and the bytes of their bodies. Reads all of them. */
  backlog(): { readonly count: number; readonly bytes: number } {
    return this.#backlog.get() ?? { count: 0, bytes: 0 };
  }

  /**
   * When what waits longest was to be run or decided, in milliseconds since the epoch; later than now for what waits for
   * another try. Undefined when nothing waits.
   */
  waitingSince(): number | undefined {
    const times = [this.#oldestDue.get() ?? [], this.#oldestUndecided.get() ?? []].flat();
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Where the latest messages came from that are no stranger's and have a greater id. */
  knownAddresses(after: string): readonly string[] {
    return this.#known.all(after);
  }

  /** What messages of strangers take, in bytes. */
  strangerBytes(): number {
    return this.#ofStrangers.get() ?? 0;
  }
}
