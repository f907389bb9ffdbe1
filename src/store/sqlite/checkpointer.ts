/**
 * Copies the write-ahead log into the database before the log grows long. A background thread does most of it beside
 * the writes; the main thread copies the few pages written meanwhile, between two writes, and SQLite then restarts the
 * log.
 */
import { Worker } from "node:worker_threads";
import type { Sqlite } from "./database.ts";

/** Pages (mostly 8 KB) not yet copied from which the thread starts a checkpoint. */
const CHECKPOINT_FROM_PAGES = 1000;
/** Up to this many pages the main thread copies the rest: a few milliseconds of work. */
const FINISH_UP_TO_PAGES = 200;
/** The thread does not keep up or cannot start: from here on the main thread copies, and writers wait. */
const BLOCK_FROM_PAGES = 16_000;
/** Reading the progress is cheap, but not free. */
const CHECK_EVERY_COMMITS = 16;
/** An idle thread ends and frees its memory. */
const IDLE_MS = 30_000;

interface Progress {
  /** Pages in the log. */
  readonly log: number;
  /** How many of them are in the database. */
  readonly checkpointed: number;
}

export class Checkpointer implements Disposable {
  readonly #path: string;
  readonly #progress: () => Progress | undefined;
  readonly #checkpoint: () => void;
  readonly #empty: () => void;
  #thread: Worker | undefined;
  #isBusy = false;
  #isDisposed = false;
  #commits = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string, sqlite: Sqlite) {
    this.#path = path;
    sqlite.pragma("wal_autocheckpoint = 0");
    const progress = sqlite.prepare<[], Progress>("PRAGMA wal_checkpoint(NOOP)");
    this.#progress = () => progress.get();
    const [passive, truncate] = ["PASSIVE", "TRUNCATE"].map((how) =>
      sqlite.prepare(`PRAGMA wal_checkpoint(${how})`),
    );
    this.#checkpoint = () => attempt(passive);
    this.#empty = () => attempt(truncate);
  }

  /** Called after each commit, outside of transactions. An fsync may finish after the database has closed. */
  committed(): void {
    if (this.#isDisposed || this.#isBusy || ++this.#commits < CHECK_EVERY_COMMITS) return;
    this.#commits = 0;
    const pages = this.#pendingPages();
    if (pages > BLOCK_FROM_PAGES) this.#checkpoint();
    else if (pages > CHECKPOINT_FROM_PAGES) this.#start();
  }

  /**
   * Must be called before the main connection closes: SQLite does not remove the log while the thread's connection is
   * open.
   */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#end();
    this.#empty();
  }

  #pendingPages(): number {
    const { log = 0, checkpointed = 0 } = this.#progress() ?? {};
    return log - checkpointed;
  }

  #start(): void {
    this.#isBusy = true;
    clearTimeout(this.#idle);
    this.#thread ??= this.#makeThread();
    this.#thread.postMessage("checkpoint");
  }

  #makeThread(): Worker {
    const thread = new Worker(new URL("./checkpoint-thread.ts", import.meta.url), {
      workerData: this.#path,
      // The thread needs nothing from the environment, which holds secrets.
      env: {},
    });
    thread.unref();
    // Messages of a terminated thread may still arrive, after the database has closed: they are ignored.
    const ifCurrent = (then: () => void) => () => this.#thread === thread && then();
    thread.on(
      "message",
      ifCurrent(() => this.#finish()),
    );
    // A full disk, mostly. A later commit starts another thread.
    thread.on(
      "error",
      ifCurrent(() => this.#end()),
    );
    return thread;
  }

  #finish(): void {
    this.#isBusy = false;
    const pages = this.#pendingPages();
    if (pages <= FINISH_UP_TO_PAGES) this.#checkpoint();
    if (pages > CHECKPOINT_FROM_PAGES) this.#start();
    else this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #end(): void {
    clearTimeout(this.#idle);
    void this.#thread?.terminate();
    this.#thread = undefined;
    this.#isBusy = false;
  }
}

function attempt(checkpoint: { get(): unknown } | undefined): void {
  try {
    checkpoint?.get();
  } catch {
    // A full disk, mostly. Nothing is lost: the log keeps growing, and a later commit tries again.
  }
}
