/** The thread that searches and indexes: neither holds up the server. It reads the log and writes only the index. */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { MessageFilter, MessagePage } from "../messages/message-list.ts";
import { Indexer } from "./indexer.ts";
import { isDamage, openIndex, removeIndex, type SearchIndex } from "./search-index.ts";
import { searchMessages } from "./search-messages.ts";
import { TextFinder, type TextQuestion } from "./text-finder.ts";

export interface SearchWorkerData {
  /** Of the database. */
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

/** Between two looks at the log when all is indexed. */
const POLL_MS = 1000;
/** After a step, as a multiple of what it took: most of the time belongs to others, unless there is much to do. */
const REST = 2;
const MANY_MESSAGES = 20_000;
const COUNT_EVERY_MS = 3000;
/** A thread takes some thirty megabytes: one that has had nothing to do for this long ends. */
const IDLE_MS = 20_000;
const CACHE_KIB = 8192;
/** It is to take what nobody else wants: an index that lags makes a search slower, and nothing else. */
const NICE = 15;

const { path, indexed } = workerData as SearchWorkerData;
const log = new Database(path, { readonly: true, timeout: 5000 });
log.pragma(`cache_size = -${CACHE_KIB}`);
// Of this thread alone, which only Linux can.
if (process.platform === "linux") setPriority(NICE);

const index: SearchIndex | undefined = indexed ? openIndex(log) : undefined;
const finder = new TextFinder(log);
const indexer = index === undefined ? undefined : new Indexer(log, index);
let timer: NodeJS.Timeout | undefined;
let countedAt = Number.NEGATIVE_INFINITY;
let unindexed = 0;
let busyAt = performance.now();

const tell = (said: FromSearchWorker) => parentPort?.postMessage(said);

/** Leaves no damaged index to the thread that comes after this one. */
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

function indexSome(own: Indexer): boolean {
  const before = index?.progress;
  const more = own.step();
  if (more || index?.progress !== before) busyAt = performance.now();
  if (performance.now() - countedAt > COUNT_EVERY_MS) tellLevel(own);
  return more;
}

function tellLevel(own: Indexer): void {
  countedAt = performance.now();
  unindexed = own.unindexed();
  tell({ kind: "level", unindexed, bytes: index?.bytes() ?? 0 });
}

function end(): void {
  if (indexer !== undefined) tellLevel(indexer);
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
    tell({ kind: "found", id, page });
  } catch (error) {
    tell({ kind: "failed", id, message: String(error) });
    // Whatever was wrong with it, a new thread opens it anew.
    if (indexer !== undefined) throw error;
  }
}

function find(id: number, questions: readonly TextQuestion[]): void {
  busyAt = performance.now();
  try {
    tell({ kind: "answered", id, found: finder.answer(questions) });
  } catch (error) {
    tell({ kind: "failed", id, message: String(error) });
  }
}

parentPort?.on("message", (asked: ToSearchWorker) => {
  if (asked.kind === "search") search(asked.id, asked.filter);
  else if (asked.kind === "find") find(asked.id, asked.questions);
  else end();
});
work();
