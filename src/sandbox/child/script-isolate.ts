/** One V8 isolate: a heap with its own limit. Scripts run in its contexts; see `guest-context.ts`. */
import ivm from "isolated-vm";
import { noteCatastrophe } from "./running-entry.ts";

export type GuestCode = Readonly<Record<string, string>>;
export type Runner = "function-runner.ts" | "match-runner.ts";

/** Isolates created by this process so far; V8 leaks a little memory for each. */
let made = 0;
export const isolatesMade = (): number => made;

/** The exports of the guest's runner. */
export type Guest = ivm.Reference<Record<string, (...args: unknown[]) => unknown>>;

/** The code cache of the guest, by runner. V8 does not validate it, so it is only ever produced by this process. */
const compiled = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

export class ScriptIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #guest: GuestCode;
  /** All contexts of an isolate use the same runner. */
  #guestScript: ivm.Script | undefined;
  #contexts = 0;

  constructor(guest: GuestCode, memoryMb: number) {
    made += 1;
    this.#guest = guest;
    this.#isolate = new ivm.Isolate({
      memoryLimit: memoryMb,
      onCatastrophicError: () => {
        noteCatastrophe();
        process.kill(process.pid, "SIGKILL");
      },
    });
  }

  /** V8 disposes of an isolate by itself when it runs out of memory. */
  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  /** True with more than one context: each uses up the memory of the others. */
  get isShared(): boolean {
    return this.#contexts > 1;
  }

  /** The used share of the memory limit, from 0 to 1, buffers included. */
  heapShare(): number {
    const heap = this.#isolate.getHeapStatisticsSync();
    return (heap.used_heap_size + heap.externally_allocated_size) / heap.heap_size_limit;
  }

  /** Includes garbage that was not collected yet. */
  heapBytes(): number {
    const heap = this.#isolate.getHeapStatisticsSync();
    return heap.used_heap_size + heap.externally_allocated_size;
  }

  createContext(): ivm.Context {
    const context = this.#isolate.createContextSync();
    this.#contexts += 1;
    return context;
  }

  releaseContext(context: ivm.Context): void {
    this.#contexts -= 1;
    if (!this.isDisposed) context.release();
  }

  compile(code: string, filename: string, lineOffset: number): ivm.Module {
    return this.#isolate.compileModuleSync(code, { filename, lineOffset });
  }

  /** Runs the guest in `context` and returns its exports. The callbacks must be installed first. */
  loadGuest(context: ivm.Context, runner: Runner, timeoutMs: number): Guest {
    const script = this.#guestScript ?? this.#compileGuest(runner);
    this.#guestScript = script;
    return script.runSync(context, { timeout: timeoutMs, reference: true });
  }

  dispose(): void {
    // dispose() throws on an isolate that V8 has already disposed of.
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  #compileGuest(runner: Runner): ivm.Script {
    const code = this.#guest[runner];
    if (code === undefined) throw new Error(`there is no guest for ${runner}`);
    const cachedData = compiled.get(runner);
    const script = this.#isolate.compileScriptSync(code, {
      filename: `guest/${runner}`,
      ...(cachedData === undefined ? { produceCachedData: true } : { cachedData }),
    });
    const produced: unknown = Reflect.get(script, "cachedData");
    if (cachedData === undefined && produced instanceof ivm.ExternalCopy)
      compiled.set(runner, produced);
    return script;
  }
}
