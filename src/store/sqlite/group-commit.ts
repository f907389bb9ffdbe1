/**
 * Collects writes into one transaction and covers it with one fsync, which a thread of libuv runs: writes that arrive
 * meanwhile share the next one. A write resolves only after the fsync that covers it.
 */
import type { Sqlite } from "./database.ts";
import type { WalFile } from "./wal-file.ts";

/** How long a commit took, fsync included, and how many writes shared it. */
export type OnCommit = (ms: number, writes: number) => void;

interface QueuedWrite {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A write whose transaction is committed but not yet on disk. */
interface Committed extends QueuedWrite {
  readonly value: unknown;
}

/** Writes per transaction at most: if one of them fails, all of them run again. */
const MAX_BATCH = 256;
/**
 * If the last commit held at least this many writes, wait `GATHER_MS` for more to share its fsync. A commit costs as
 * much as five writes.
 */
const GATHER_FROM_WRITES = 4;
const GATHER_MS = 3;

export class GroupCommit {
  readonly #sqlite: Sqlite;
  readonly #log: WalFile;
  readonly #onCommit: OnCommit;
  readonly #begin: () => void;
  readonly #commit: () => void;
  #queue: QueuedWrite[] = [];
  #committed: Committed[] = [];
  #scheduled = false;
  #gathering: NodeJS.Timeout | undefined;
  /** How many writes the last commit held. */
  #lastBatch = 0;
  #syncing = false;
  /** Why no write is accepted any more. */
  #broken: Error | undefined;

  constructor(sqlite: Sqlite, log: WalFile, onCommit: OnCommit) {
    this.#sqlite = sqlite;
    this.#log = log;
    this.#onCommit = onCommit;
    const [begin, commit] = [sqlite.prepare("BEGIN IMMEDIATE"), sqlite.prepare("COMMIT")];
    this.#begin = () => void begin.run();
    this.#commit = () => void commit.run();
  }

  /**
   * Runs `run` inside the next transaction; resolves with its value once that is on disk. `run` must do nothing but
   * SQL: when another write of the batch fails, it is rolled back and run again.
   */
  write<T>(run: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#queue.push({ run, resolve: (value) => resolve(value as T), reject });
    this.#schedule();
    return promise;
  }

  /** Commits the queued writes now, and blocks until they are on disk. */
  flush(): void {
    this.#commitQueue();
    const covered = this.#committed.splice(0);
    try {
      this.#log.syncNow();
      settle(covered, null);
    } catch (error) {
      settle(covered, error);
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#syncing || this.#queue.length === 0) return;
    if (this.#lastBatch >= GATHER_FROM_WRITES && this.#queue.length < this.#lastBatch) {
      this.#gathering ??= setTimeout(() => this.#runSoon(), GATHER_MS);
    } else this.#runSoon();
  }

  #runSoon(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const startedAt = performance.now();
      this.#lastBatch = this.#queue.length;
      this.#commitQueue();
      if (this.#committed.length > 0) this.#sync(startedAt);
    });
  }

  #commitQueue(): void {
    while (this.#queue.length > 0) this.#commitBatch(this.#queue.splice(0, MAX_BATCH));
  }

  #sync(startedAt: number): void {
    const covered = this.#committed.splice(0);
    this.#syncing = true;
    this.#log.sync((error) => {
      this.#syncing = false;
      // The kernel tells of a lost page once. After that only a restart, which reads the file again, knows what the
      // disk holds.
      if (error !== null) this.#broken = error;
      else this.#onCommit(performance.now() - startedAt, covered.length);
      settle(covered, error);
      this.#schedule();
    });
  }

  #commitBatch(batch: readonly QueuedWrite[]): void {
    const failure = this.#tryCommit(batch);
    if (failure === undefined) return;
    // One bad write must not fail the others: each is tried again alone. If the transaction could not even begin, the
    // cause is not one of the writes, and trying each alone would only make all of them wait longer.
    if (batch.length > 1 && failure.begun) for (const write of batch) this.#commitBatch([write]);
    else for (const { reject } of batch) reject(failure.error);
  }

  #tryCommit(
    batch: readonly QueuedWrite[],
  ): { readonly error: unknown; readonly begun: boolean } | undefined {
    try {
      if (this.#broken !== undefined) throw this.#broken;
      this.#begin();
      const committed = batch.map((write) => ({ ...write, value: write.run() }));
      this.#commit();
      this.#committed.push(...committed);
      return undefined;
    } catch (error) {
      const begun = this.#sqlite.inTransaction;
      if (begun) this.#sqlite.exec("ROLLBACK");
      return { error, begun };
    }
  }
}

function settle(writes: readonly Committed[], error: unknown): void {
  for (const { value, resolve, reject } of writes) {
    if (error === null) resolve(value);
    else reject(error);
  }
}
