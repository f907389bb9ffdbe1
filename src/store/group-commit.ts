/**
 * Collects writes of one turn of the event loop into one transaction: one fsync for all of them. A write is answered
 * only after the commit that holds it.
 */
import type { Sqlite } from "./database.ts";

/** How long a commit took, fsync included, and how many writes shared it. */
export type OnCommit = (ms: number, writes: number) => void;

interface Write {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Enough to make the fsync cheap; more would let single answers wait for strangers. */
const MAX_BATCH = 256;
const MAX_WAIT_MS = 5;

export class GroupCommit {
  readonly #sqlite: Sqlite;
  readonly #begin: () => void;
  readonly #commit: () => void;
  #queue: Write[] = [];
  #scheduled = false;
  /** The last commit, in milliseconds of `performance.now`. */
  #endedAt = 0;
  #lastedMs = 0;

  readonly #onCommit: OnCommit;

  constructor(sqlite: Sqlite, onCommit: OnCommit) {
    this.#sqlite = sqlite;
    this.#onCommit = onCommit;
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
      this.#schedule();
    }
    return promise;
  }

  /**
   * At once when the disk is quick or idle. Behind a slow fsync it waits about as long as that one took: more writes
   * then share the next.
   */
  #schedule(): void {
    const waitMs = Math.min(this.#endedAt + this.#lastedMs - performance.now(), MAX_WAIT_MS);
    if (waitMs < 1) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), waitMs);
  }

  /** Commits what is queued now. */
  flush(): void {
    this.#scheduled = false;
    while (this.#queue.length > 0) this.#commitBatch(this.#queue.splice(0, MAX_BATCH));
  }

  #commitBatch(batch: readonly Write[]): void {
    const failure = this.#tryCommit(batch);
    if (failure === undefined) return;
    // One bad write must not take the others with it: they are tried again, each alone. When not even a transaction
    // could be opened that is nobody's fault, and trying each alone would only make everybody wait longer.
    if (batch.length > 1 && failure.begun) for (const write of batch) this.#commitBatch([write]);
    else for (const { reject } of batch) reject(failure.error);
  }

  #tryCommit(
    batch: readonly Write[],
  ): { readonly error: unknown; readonly begun: boolean } | undefined {
    try {
      this.#begin();
      const values = batch.map(({ run }) => run());
      const startedAt = performance.now();
      this.#commit();
      this.#endedAt = performance.now();
      this.#lastedMs = this.#endedAt - startedAt;
      this.#onCommit(this.#lastedMs, batch.length);
      for (const [index, { resolve }] of batch.entries()) resolve(values[index]);
      return undefined;
    } catch (error) {
      const begun = this.#sqlite.inTransaction;
      if (begun) this.#sqlite.exec("ROLLBACK");
      return { error, begun };
    }
  }
}
