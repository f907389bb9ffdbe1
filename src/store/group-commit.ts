/**
 * Collects writes of one turn of the event loop into one transaction: one fsync for all of them. A write is answered
 * only after the commit that holds it.
 */
import type { Sqlite } from "./database.ts";

interface Write {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Enough to make the fsync cheap; more would let single answers wait for strangers. */
const MAX_BATCH = 256;

export class GroupCommit {
  readonly #sqlite: Sqlite;
  readonly #begin: () => void;
  readonly #commit: () => void;
  #queue: Write[] = [];
  #scheduled = false;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    const [begin, commit] = [sqlite.prepare("BEGIN IMMEDIATE"), sqlite.prepare("COMMIT")];
    this.#begin = () => void begin.run();
    this.#commit = () => void commit.run();
  }

  /**
   * Runs `run` inside the next transaction; resolves with its value once that is on disk. `run` must do nothing but
   * SQL: when another write of the batch fails it is rolled back and run again.
   */
  write<T>(run: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#queue.push({ run, resolve: (value) => resolve(value as T), reject });
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
    return promise;
  }

  /** Commits what is queued now. */
  flush(): void {
    this.#scheduled = false;
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, MAX_BATCH);
      // One bad write must not take the others with it: they are tried again, each alone.
      if (!this.#tryCommit(batch) && batch.length > 1)
        for (const write of batch) this.#tryCommit([write]);
    }
  }

  /** False when a batch of several was rolled back and none of its writes has been answered. */
  #tryCommit(batch: readonly Write[]): boolean {
    try {
      this.#begin();
      const values = batch.map(({ run }) => run());
      this.#commit();
      for (const [index, { resolve }] of batch.entries()) resolve(values[index]);
      return true;
    } catch (error) {
      if (this.#sqlite.inTransaction) this.#sqlite.exec("ROLLBACK");
      if (batch.length === 1) batch[0]?.reject(error);
      return false;
    }
  }
}
