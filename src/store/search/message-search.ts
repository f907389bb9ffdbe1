/** Lists of messages by text, asked of a thread of their own: see `search-messages.ts`. */
import { Worker } from "node:worker_threads";
import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { MessageFilter, MessagePage } from "../message-list.ts";
import { removeIndex } from "./search-index.ts";
import type { FromSearchWorker, SearchWorkerData, ToSearchWorker } from "./search-worker.ts";

const ENTRY = new URL("./search-worker.ts", import.meta.url);
/** Starts are for those who wait for the server. */
const FIRST_AFTER_MS = 1000;
const AGAIN_AFTER_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;
const MAX_WAITING = 64;
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 };

export interface SearchLevel {
  /** Messages that a search has to look at one by one, as they are in no index yet. */
  readonly unindexed: number;
  readonly bytes: number;
}

export interface MessageSearchOptions {
  readonly databasePath: string;
  /** Without an index a search looks at messages one by one, as far as it comes. */
  readonly searchIndex: boolean;
  readonly log: Logger;
}

type Waiting = PromiseWithResolvers<MessagePage>;

export class MessageSearch implements AsyncDisposable {
  readonly #options: MessageSearchOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #level: SearchLevel = { unindexed: 0, bytes: 0 };
  #asked = 0;
  #ended = false;

  constructor(options: MessageSearchOptions) {
    this.#options = options;
    if (options.searchIndex) this.#startIn(FIRST_AFTER_MS);
    else removeIndex(options.databasePath);
  }

  get level(): SearchLevel {
    return this.#level;
  }

  /** A page, which may be short and still not be the last. Throws `storage_unavailable`. */
  search(filter: MessageFilter & { readonly q: string }): Promise<MessagePage> {
    if (this.#waiting.size >= MAX_WAITING) throw unavailable("too many searches wait already");
    this.#asked += 1;
    const waiting = Promise.withResolvers<MessagePage>();
    this.#waiting.set(this.#asked, waiting);
    this.#post({ kind: "search", id: this.#asked, filter });
    return waiting.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#worker === undefined) return;
    const exited = new Promise((resolve) => this.#worker?.once("exit", resolve));
    this.#post({ kind: "end" });
    await exited;
  }

  #post(asked: ToSearchWorker): void {
    this.#worker ??= this.#start();
    // Whoever waits is to be answered; nobody else is kept by it.
    this.#worker.ref();
    this.#worker.postMessage(asked);
  }

  #startIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#worker ??= this.#start();
    }, ms).unref();
  }

  #start(): Worker {
    const { databasePath: path, searchIndex: indexed } = this.#options;
    const worker = new Worker(ENTRY, {
      workerData: { path, indexed } satisfies SearchWorkerData,
      execArgv: ["--disable-warning=ExperimentalWarning"],
      resourceLimits: LIMITS,
    });
    worker.on("message", (said: FromSearchWorker) => this.#hear(said));
    worker.on("error", (err) => this.#options.log.error({ err }, "searching failed; it goes on"));
    worker.on("exit", () => this.#exited());
    worker.unref();
    return worker;
  }

  #hear(said: FromSearchWorker): void {
    if (said.kind === "level") {
      this.#level = { unindexed: said.unindexed, bytes: said.bytes };
      return;
    }
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if (this.#waiting.size === 0 && !this.#ended) this.#worker?.unref();
    if (said.kind === "found") waiting?.resolve(said.page);
    else waiting?.reject(unavailable(said.message));
  }

  #exited(): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(unavailable("the search ended"));
    this.#waiting.clear();
    if (!this.#ended && this.#options.searchIndex) this.#startIn(AGAIN_AFTER_MS);
  }
}

const unavailable = (why: string) =>
  new HookyardError("storage_unavailable", `the log could not be searched: ${why}; try again`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
