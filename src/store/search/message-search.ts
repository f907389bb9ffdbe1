/** Searches messages by text in a worker thread: see `search-messages.ts`. */
import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { MessageFilter, MessagePage } from "../messages/message-list.ts";
import { removeIndex } from "./search-index.ts";
import type { FromSearchWorker, SearchWorkerData, ToSearchWorker } from "./search-worker.ts";
import type { TextFinder, TextQuestion } from "./text-finder.ts";

const ENTRY = new URL("./search-worker.ts", import.meta.url);
/**
 * The worker runs only while it has work. It starts this long after the server, or after enough new messages, so that
 * other work comes first.
 */
const START_AFTER_MS = 5000;
const RESTART_AFTER_MS = 10_000;
/** Fewer messages are searched as quickly without an index. */
const INDEX_FROM_MESSAGES = 16;
const INDEX_FROM_BYTES = 512 * 1024;
const RETRY_AFTER_SECONDS = 5;
const MAX_WAITING = 64;
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 };

export interface SearchLevel {
  /** Messages not indexed yet, which a search checks one by one. */
  readonly unindexed: number;
  readonly bytes: number;
}

export interface MessageSearchOptions {
  readonly databasePath: string;
  /** Without an index a search checks messages one by one, within its time limit. */
  readonly searchIndex: boolean;
  readonly log: Logger;
}

type Search = MessageFilter & { readonly q: string };
type SearchRequest = Extract<ToSearchWorker, { readonly id: number }>;
type SearchReply = Extract<FromSearchWorker, { readonly id: number }>;
interface PendingRequest extends PromiseWithResolvers<SearchReply> {
  readonly request: SearchRequest;
}

export class MessageSearch implements AsyncDisposable {
  readonly #options: MessageSearchOptions;
  readonly #pending = new Map<number, PendingRequest>();
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #level: SearchLevel = { unindexed: 0, bytes: 0 };
  /** Messages stored since the worker last reported its level. */
  #storedSinceLevel = 0;
  #lastId = 0;
  #ended = false;

  constructor(options: MessageSearchOptions) {
    this.#options = options;
    if (!options.searchIndex) removeIndex(options.databasePath);
    else if (statSync(options.databasePath).size > INDEX_FROM_BYTES) this.#startIn(START_AFTER_MS);
  }

  get level(): SearchLevel {
    const { unindexed, bytes } = this.#level;
    return { unindexed: unindexed + this.#storedSinceLevel, bytes };
  }

  /** Called when a message has been stored. */
  messageStored(): void {
    this.#storedSinceLevel += 1;
    const isWorthIndexing =
      this.#storedSinceLevel >= INDEX_FROM_MESSAGES && this.#options.searchIndex;
    if (isWorthIndexing && this.#worker === undefined && !this.#ended)
      this.#startIn(START_AFTER_MS);
  }

  /** One page, which may be short without being the last. Throws `storage_unavailable`. */
  async search(filter: Search): Promise<MessagePage> {
    const reply = await this.#ask({ kind: "search", id: this.#nextId(), filter });
    if (reply.kind === "found") return reply.page;
    throw unavailable(reply.kind);
  }

  /** For each question the ids of the messages that contain its text. Throws `storage_unavailable`. */
  async find(questions: readonly TextQuestion[]): Promise<ReturnType<TextFinder["answer"]>> {
    const reply = await this.#ask({ kind: "find", id: this.#nextId(), questions });
    if (reply.kind === "answered") return reply.found;
    throw unavailable(reply.kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#worker === undefined) return;
    const exited = new Promise((resolve) => this.#worker?.once("exit", resolve));
    this.#post({ kind: "end" });
    await exited;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #ask(request: SearchRequest): Promise<SearchReply> {
    if (this.#pending.size >= MAX_WAITING) throw unavailable("too many searches wait already");
    const pending = { ...Promise.withResolvers<SearchReply>(), request };
    this.#pending.set(request.id, pending);
    this.#post(request);
    return pending.promise;
  }

  #post(request: ToSearchWorker): void {
    this.#worker ??= this.#start();
    // The process must stay alive for a pending request, but not for an idle worker.
    this.#worker.ref();
    this.#worker.postMessage(request);
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
    worker.on("message", (reply: FromSearchWorker) => this.#receive(reply));
    worker.on("error", (err) =>
      this.#options.log.error({ err }, "the search worker failed; it is restarted"),
    );
    worker.on("exit", (code) => this.#exited(code));
    worker.unref();
    return worker;
  }

  #receive(reply: FromSearchWorker): void {
    if (reply.kind === "level") {
      this.#level = { unindexed: reply.unindexed, bytes: reply.bytes };
      this.#storedSinceLevel = 0;
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0 && !this.#ended) this.#worker?.unref();
    if (reply.kind === "failed") pending?.reject(unavailable(reply.message));
    else pending?.resolve(reply);
  }

  #exited(code: number): void {
    this.#worker = undefined;
    if (code === 0 && !this.#ended) {
      // Requests that arrived while the idle worker was ending go to a new one.
      for (const { request } of this.#pending.values()) this.#post(request);
      return;
    }
    for (const { reject } of this.#pending.values()) reject(unavailable("the search worker ended"));
    this.#pending.clear();
    if (!this.#ended && this.#options.searchIndex) this.#startIn(RESTART_AFTER_MS);
  }
}

const unavailable = (why: string) =>
  new HookyardError("storage_unavailable", `the log could not be searched: ${why}; try again`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
