/**
 * Node's stripper of types in a thread of its own. A script that is nested deeply enough overflows its stack, and from
 * then on it refuses every script: then the thread is given up, and the next script gets a new one.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

export type Stripped =
  | { readonly code: string }
  /** As Node threw it. */
  | { readonly message: string; readonly stack: string; readonly errorCode: string };

const ENTRY = new URL("./strip-worker.ts", import.meta.url);
/** A file may have 256 KB, which takes milliseconds. */
const WITHIN_MS = 10_000;
/** Scripts are loaded together, and then not for long. */
const IDLE_MS = 1000;
const BROKEN = "ERR_INTERNAL_ASSERTION";

interface Thread {
  readonly strip: (text: string) => Stripped;
  readonly end: () => void;
}

let thread: Thread | undefined;
let idle: NodeJS.Timeout | undefined;

/** Waits for the thread: what is loaded is loaded one after the other anyway. */
export function strip(text: string): Stripped {
  thread ??= startThread();
  const stripped = thread.strip(text);
  if ("errorCode" in stripped && stripped.errorCode === BROKEN) endThread();
  clearTimeout(idle);
  idle = setTimeout(endThread, IDLE_MS).unref();
  return stripped;
}

function endThread(): void {
  thread?.end();
  thread = undefined;
}

function startThread(): Thread {
  const { port1: own, port2: port } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const worker = new Worker(ENTRY, {
    workerData: { port, signal },
    transferList: [port],
    execArgv,
    stdout: true,
    stderr: true,
  });
  worker.unref();
  own.unref();
  return {
    strip: (text) => {
      Atomics.store(signal, 0, 0);
      own.postMessage(text);
      const waited = Atomics.wait(signal, 0, 0, WITHIN_MS);
      const received = waited === "timed-out" ? undefined : receiveMessageOnPort(own);
      return received?.message ?? { message: "", stack: "", errorCode: BROKEN };
    },
    end: () => void worker.terminate(),
  };
}
