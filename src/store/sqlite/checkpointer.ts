/**
 * Copies the write-ahead log into the database before it grows long. Most of that is done by a thread of its own, beside
 * the writes; the little that came in meanwhile is done between two of them, after which the log begins anew.
 */
import { Worker } from "node:worker_threads";
import type { Sqlite } from "./database.ts";

/** Pages, of 8 KB mostly. */
const LONG = 1000;
/** A few milliseconds of work. */
const SHORT = 200;
/** The thread does not keep up, or is not there: whoever writes has to wait. */
const TOO_LONG = 16_000;
/** Looking is cheap, but not free. */
const LOOK_EVERY_COMMITS = 16;
/** A thread that is not needed gives its memory back. */
const IDLE_MS = 30_000;

interface Progress {
  /** Pages in the log. */
  readonly log: number;
  /** How many of them are in the database. */
  readonly checkpointed: number;
}

export class Checkpointer implements Disposable {
  readonly #path: string;
  readonly #look: () => Progress | undefined;
  readonly #checkpoint: () => void;
  readonly #empty: () => void;
  #thread: Worker | undefined;
  #isBusy = false;
  #commits = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string, sqlite: Sqlite) {
    this.#path = path;
    sqlite.pragma("wal_autocheckpoint = 0");
    const look = sqlite.prepare<[], Progress>("PRAGMA wal_checkpoint(NOOP)");
    this.#look = () => look.get();
    const [passive, truncate] = ["PASSIVE", "TRUNCATE"].map((how) =>
      sqlite.prepare(`PRAGMA wal_checkpoint(${how})`),
    );
    this.#checkpoint = () => attempt(passive);
    this.#empty = () => attempt(truncate);
  }

  /** To be told after each commit, outside of transactions. */
  committed(): void {
    if (this.#isBusy || ++this.#commits < LOOK_EVERY_COMMITS) return;
    this.#commits = 0;
    const left = this.#pagesLeft();
    if (left > TOO_LONG) this.#checkpoint();
    else if (left > LONG) this.#start();
  }

  /** To be called before the connection is closed, which leaves the log as it is while the thread has one of its own. */
  [Symbol.dispose](): void {
    this.#end();
    this.#empty();
  }

  #pagesLeft(): number {
    const { log = 0, checkpointed = 0 } = this.#look() ?? {};
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
      // It needs nothing of the environment, in which there are secrets.
      env: {},
    });
    thread.unref();
    // What an ended one has said still comes, when the database may be closed.
    const ifStill = (then: () => void) => () => this.#thread === thread && then();
    thread.on(
      "message",
      ifStill(() => this.#finish()),
    );
    // As above: it is tried again, by another thread.
    thread.on(
      "error",
      ifStill(() => this.#end()),
    );
    return thread;
  }

  #finish(): void {
    this.#isBusy = false;
    const left = this.#pagesLeft();
    if (left <= SHORT) this.#checkpoint();
    if (left > LONG) this.#start();
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
    // A full disk, mostly. Nothing is lost: the log goes on growing, and it is tried again.
  }
}
