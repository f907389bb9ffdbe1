/** Lists of messages by text, asked of a thread of their own: see `search-messages.ts`. */
import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { MessageFilter, MessagePage } from "../messages/message-list.ts";
import { removeIndex } from "./search-index.ts";
import type { FromSearchWorker, SearchWorkerData, ToSearchWorker } from "./search-worker.ts";
import type { TextFinder, TextQuestion } from "./text-finder.ts";

const ENTRY = new URL("./search-worker.ts", import.meta.url);
/** The thread is there while it has something to do. So long after a start, or after enough messages: others first. */
const START_AFTER_MS = 5000;
const AGAIN_AFTER_MS = 10_000;
/** Fewer are searched as quickly without an index. */
const WORTH_MESSAGES = 16;
const WORTH_BYTES = 512 * 1024;
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

type Search = MessageFilter & { readonly q: string };
type Asked = Extract<ToSearchWorker, { readonly id: number }>;
type Said = Extract<FromSearchWorker, { readonly id: number }>;
interface Waiting extends PromiseWithResolvers<Said> {
  readonly asked: Asked;
}

export class MessageSearch implements AsyncDisposable {
  readonly #options: MessageSearchOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #level: SearchLevel = { unindexed: 0, bytes: 0 };
  /** Messages stored since the thread last said how many there are. */
  #noted = 0;
  #asked = 0;
  #ended = false;

  constructor(options: MessageSearchOptions) {
    this.#options = options;
    if (!options.searchIndex) removeIndex(options.databasePath);
    else if (statSync(options.databasePath).size > WORTH_BYTES) this.#startIn(START_AFTER_MS);
  }

  get level(): SearchLevel {
    const { unindexed, bytes } = this.#level;
    return { unindexed: unindexed + this.#noted, bytes };
  }

  /** A message has been stored. */
  noted(): void {
    this.#noted += 1;
    const isWorth = this.#noted >= WORTH_MESSAGES && this.#options.searchIndex;
    if (isWorth && this.#worker === undefined && !this.#ended) this.#startIn(START_AFTER_MS);
  }

  /** A page, which may be short and still not be the last. Throws `storage_unavailable`. */
  async search(filter: Search): Promise<MessagePage> {
    const said = await this.#ask({ kind: "search", id: this.#newId(), filter });
    if (said.kind === "found") return said.page;
    throw unavailable(said.kind);
  }

  /** For each question the ids of the messages that hold its text. Throws `storage_unavailable`. */
  async find(questions: readonly TextQuestion[]): Promise<ReturnType<TextFinder["answer"]>> {
    const said = await this.#ask({ kind: "find", id: this.#newId(), questions });
    if (said.kind === "answered") return said.found;
    throw unavailable(said.kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#worker === undefined) return;
    const exited = new Promise((resolve) => this.#worker?.once("exit", resolve));
    this.#post({ kind: "end" });
    await exited;
  }

  #newId(): number {
    this.#asked += 1;
    return this.#asked;
  }

  #ask(asked: Asked): Promise<Said> {
    if (this.#waiting.size >= MAX_WAITING) throw unavailable("too many searches wait already");
    const waiting = { ...Promise.withResolvers<Said>(), asked };
    this.#waiting.set(asked.id, waiting);
    this.#post(asked);
    return waiting.promise;
  }

  #post(asked: ToSearchWorker): void {
    this.#worker ??= this.#start();
    // Whoever waits is to be answered; nobody else is kept by it.
    this.#worker.ref();
    this.#worker.postMessage(asked);
  }

  #startIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
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
    worker.on("exit", (code) => this.#exited(code));
    worker.unref();
    return worker;
  }

  #hear(said: FromSearchWorker): void {
    if (said.kind === "level") {
      this.#level = { unindexed: said.unindexed, bytes: said.bytes };
      this.#noted = 0;
      return;
    }
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if (this.#waiting.size === 0 && !this.#ended) this.#worker?.unref();
    if (said.kind === "failed") waiting?.reject(unavailable(said.message));
    else waiting?.resolve(said);
  }

  #exited(code: number): void {
    this.#worker = undefined;
    if (code === 0 && !this.#ended) {
      // Asked as it ended for having nothing to do.
      for (const { asked } of this.#waiting.values()) this.#post(asked);
      return;
    }
    for (const { reject } of this.#waiting.values()) reject(unavailable("the search ended"));
    this.#waiting.clear();
    if (!this.#ended && this.#options.searchIndex) this.#startIn(AGAIN_AFTER_MS);
  }
}

const unavailable = (why: string) =>
  new HookyardError("storage_unavailable", `the log could not be searched: ${why}; try again`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
