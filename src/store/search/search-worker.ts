/**
 * The worker that searches and indexes, so that neither blocks the server. It reads the log and writes only the index.
 */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { MessageFilter, MessagePage } from "../messages/message-list.ts";
import { Indexer } from "./indexer.ts";
import { isDamage, openIndex, removeIndex, type SearchIndex } from "./search-index.ts";
import { searchMessages } from "./search-messages.ts";
import { TextFinder, type TextQuestion } from "./text-finder.ts";

export interface SearchWorkerData {
  /** Path of the database. */
  readonly path: string;
  readonly indexed: boolean;
}

export type ToSearchWorker =
  | {
      readonly kind: "search";
      readonly id: number;
      readonly filter: MessageFilter & { readonly q: string };
    }
  | { readonly kind: "find"; readonly id: number; readonly questions: readonly TextQuestion[] }
  | { readonly kind: "end" };

export type FromSearchWorker =
  | { readonly kind: "found"; readonly id: number; readonly page: MessagePage }
  | {
      readonly kind: "answered";
      readonly id: number;
      readonly found: ReturnType<TextFinder["answer"]>;
    }
  | { readonly kind: "failed"; readonly id: number; readonly message: string }
  | { readonly kind: "level"; readonly unindexed: number; readonly bytes: number };

/** Pause between two polls of the log when everything is indexed. */
const POLL_MS = 1000;
/**
 * Pause after a step, as a multiple of its duration: leaves most of the CPU to others. With a large backlog there is no
 * pause.
 */
const REST = 2;
const MANY_MESSAGES = 20_000;
const COUNT_EVERY_MS = 3000;
/** A worker takes some thirty megabytes: it ends after this long without work. */
const IDLE_MS = 20_000;
const CACHE_KIB = 8192;
/** Low CPU priority: an index that lags only makes searches slower. */
const NICE = 15;

const { path, indexed } = workerData as SearchWorkerData;
const log = new Database(path, { readonly: true, timeout: 5000 });
log.pragma(`cache_size = -${CACHE_KIB}`);
// Only Linux sets the priority of a single thread.
if (process.platform === "linux") setPriority(NICE);

const index: SearchIndex | undefined = indexed ? openIndex(log) : undefined;
const finder = new TextFinder(log);
const indexer = index === undefined ? undefined : new Indexer(log, index);
let timer: NodeJS.Timeout | undefined;
let countedAt = Number.NEGATIVE_INFINITY;
let unindexed = 0;
let busyAt = performance.now();

const send = (reply: FromSearchWorker) => parentPort?.postMessage(reply);

/** Removes a damaged index, so that the next worker rebuilds it. */
function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (isDamage(error)) removeIndex(path);
    throw error;
  }
}

function work(): void {
  if (performance.now() - busyAt > IDLE_MS) {
    end();
    return;
  }
  const startedAt = performance.now();
  const more = indexer !== undefined && guarded(() => indexSome(indexer));
  const tookMs = performance.now() - startedAt;
  const restMs = unindexed > MANY_MESSAGES ? 0 : REST * tookMs;
  timer = setTimeout(work, more ? restMs : POLL_MS);
}

function indexSome(indexer: Indexer): boolean {
  const before = index?.progress;
  const more = indexer.step();
  if (more || index?.progress !== before) busyAt = performance.now();
  if (performance.now() - countedAt > COUNT_EVERY_MS) sendLevel(indexer);
  return more;
}

function sendLevel(indexer: Indexer): void {
  countedAt = performance.now();
  unindexed = indexer.unindexed();
  send({ kind: "level", unindexed, bytes: index?.bytes() ?? 0 });
}

function end(): void {
  if (indexer !== undefined) sendLevel(indexer);
  clearTimeout(timer);
  index?.close();
  log.close();
  parentPort?.close();
}

function search(id: number, filter: MessageFilter & { readonly q: string }): void {
  busyAt = performance.now();
  try {
    const page = guarded(() => {
      indexer?.addLate();
      return searchMessages(log, index, filter);
    });
    send({ kind: "found", id, page });
  } catch (error) {
    send({ kind: "failed", id, message: String(error) });
    // A new worker reopens the index, which repairs it.
    if (indexer !== undefined) throw error;
  }
}

function find(id: number, questions: readonly TextQuestion[]): void {
  busyAt = performance.now();
  try {
    send({ kind: "answered", id, found: finder.answer(questions) });
  } catch (error) {
    send({ kind: "failed", id, message: String(error) });
  }
}

parentPort?.on("message", (request: ToSearchWorker) => {
  if (request.kind === "search") search(request.id, request.filter);
  else if (request.kind === "find") find(request.id, request.questions);
  else end();
});
work();
