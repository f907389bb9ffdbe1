/**
 * Runs Node's type stripper in a worker thread. A deeply nested script can overflow its stack, after which it refuses
 * every script, and some texts take twice as long with each further level. In both cases the thread is ended, and the
 * next script gets a new one.
 */
import { Worker } from "node:worker_threads";

export type Stripped =
  | { readonly code: string }
  /** The error of Node. */
  | { readonly message: string; readonly stack: string; readonly errorCode: string };

const ENTRY = new URL("./strip-worker.ts", import.meta.url);
/**
 * The CPU time of the thread for one file. A file has at most 256 KB, which takes milliseconds, or 0.2 s the first
 * time. What other threads and programs use meanwhile is not the script's fault: counted too, they made a busy machine
 * refuse good scripts.
 */
const CPU_TIMEOUT_MS = 4000;
/** Ends a thread that does not answer without using CPU time. */
const HANG_MS = 60_000;
const LOOK_EVERY_MS = 100;
/** Scripts are loaded in batches, so an idle thread is ended soon. */
const IDLE_MS = 1000;
/** Node's error code when the stripper must not be used again. */
export const BROKEN = "ERR_INTERNAL_ASSERTION";
const TIMED_OUT: Stripped = { message: "", stack: "", errorCode: BROKEN };

let thread: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Strips one text at a time, so that each has its full timeout. */
export function strip(text: string): Promise<Stripped> {
  const stripped = last.then(() => stripNext(text));
  last = stripped.catch(() => undefined);
  return stripped;
}

async function stripNext(text: string): Promise<Stripped> {
  clearTimeout(idle);
  thread ??= startThread();
  const stripped = await stripIn(thread, text);
  if ("errorCode" in stripped && stripped.errorCode === BROKEN) endThread();
  else idle = setTimeout(endThread, IDLE_MS).unref();
  return stripped;
}

function stripIn(worker: Worker, text: string): Promise<Stripped> {
  const { promise, resolve } = Promise.withResolvers<Stripped>();
  const giveUp = () => resolve(TIMED_OUT);
  const startedAt = performance.now();
  const usedBefore = cpuMs(worker);
  const look = async () => {
    const usedMs = (await cpuMs(worker)) - (await usedBefore);
    if (usedMs > CPU_TIMEOUT_MS) giveUp();
  };
  // The timer keeps the process alive; the thread does not.
  const timer = setInterval(() => {
    // A thread that hangs may not tell its CPU time either.
    if (performance.now() - startedAt > HANG_MS) giveUp();
    else void look();
  }, LOOK_EVERY_MS);
  worker.once("message", resolve).once("exit", giveUp);
  worker.postMessage(text);
  return promise.finally(() => {
    clearInterval(timer);
    worker.off("message", resolve).off("exit", giveUp);
  });
}

/** The thread answers while it strips. 0 before it has started. */
async function cpuMs(worker: Worker): Promise<number> {
  const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
  return (user + system) / 1000;
}

function endThread(): void {
  void thread?.terminate();
  thread = undefined;
}

function startThread(): Worker {
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const worker = new Worker(ENTRY, { execArgv, stdout: true, stderr: true });
  // The `exit` event follows and is handled.
  worker.on("error", () => undefined);
  worker.unref();
  return worker;
}
