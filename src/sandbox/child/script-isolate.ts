/** One isolate of V8: a heap with a limit of its own. Scripts run in its contexts; see `guest-context.ts`. */
import ivm from "isolated-vm";
import { noteCatastrophe } from "./running-entry.ts";

export type GuestCode = Readonly<Record<string, string>>;
export type Runner = "function-runner.ts" | "match-runner.ts";

/** Isolates made over the life of the process; V8 keeps a little of each. */
let made = 0;
export const isolatesMade = (): number => made;

/** What the host calls in the guest, by name. */
export type Guest = ivm.Reference<Record<string, (...args: unknown[]) => unknown>>;

/** Compiled guest code by runner, made by this process and never by anyone else: V8 trusts it blindly. */
const compiled = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

export class ScriptIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #guest: GuestCode;
  /** An isolate has one runner, whatever the number of its contexts. */
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

  /** Memory pressure disposes of an isolate by itself. */
  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  /** More than one context: what happens in one uses up the memory of the others. */
  get isShared(): boolean {
    return this.#contexts > 1;
  }

  /** Used part of the memory limit, from 0 to 1; buffers count. */
  heapShare(): number {
    const heap = this.#isolate.getHeapStatisticsSync();
    return (heap.used_heap_size + heap.externally_allocated_size) / heap.heap_size_limit;
  }

  /** Of what lives in the heap and of what was not collected yet. */
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

  /** The exports of the guest's runner, ready in `context`; its callbacks must have been installed before. */
  loadGuest(context: ivm.Context, runner: Runner, timeoutMs: number): Guest {
    const script = this.#guestScript ?? this.#compileGuest(runner);
    this.#guestScript = script;
    return script.runSync(context, { timeout: timeoutMs, reference: true });
  }

  dispose(): void {
    // On an isolate that memory pressure has disposed already, dispose() throws.
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
