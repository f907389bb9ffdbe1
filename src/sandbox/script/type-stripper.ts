/**
 * Node's stripper of types in a thread of its own. A script that is nested deeply enough overflows its stack, and from
 * then on it refuses every script; and it takes twice as long with each further level of some texts. Then the thread is
 * given up, and the next script gets a new one.
 */
import { Worker } from "node:worker_threads";

export type Stripped =
  | { readonly code: string }
  /** As Node threw it. */
  | { readonly message: string; readonly stack: string; readonly errorCode: string };

const ENTRY = new URL("./strip-worker.ts", import.meta.url);
/** A file may have 256 KB, which takes milliseconds, and a fifth of a second the first time. */
const WITHIN_MS = 4000;
/** Scripts are loaded together, and then not for long. */
const IDLE_MS = 1000;
/** Node's code when the stripper is not to be used again. */
export const BROKEN = "ERR_INTERNAL_ASSERTION";
const GIVEN_UP: Stripped = { message: "", stack: "", errorCode: BROKEN };

let thread: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let last: Promise<unknown> = Promise.resolve();

/** One text after the other: each has the whole of the time that it may take. */
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
  const giveUp = () => resolve(GIVEN_UP);
  // Keeps the process alive meanwhile, which the thread does not.
  const timer = setTimeout(giveUp, WITHIN_MS);
  worker.once("message", resolve).once("exit", giveUp);
  worker.postMessage(text);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off("message", resolve).off("exit", giveUp);
  });
}

function endThread(): void {
  void thread?.terminate();
  thread = undefined;
}

function startThread(): Worker {
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const worker = new Worker(ENTRY, { execArgv, stdout: true, stderr: true });
  // It exits then.
  worker.on("error", () => undefined);
  worker.unref();
  return worker;
}
