/** One isolate with the guest code in it. Everything that touches isolated-vm's objects is in this file. */

import { posix } from "node:path";
import ivm from "isolated-vm";
import { type EntryMark, monotonicMs, NO_ENTRY, writeEntryMark } from "../entry-mark.ts";
import type { ChildScript, FaultKind } from "../protocol.ts";
import { readThrown, type Thrown } from "./fault.ts";
import { hostOperation } from "./host-operations.ts";
import type { ScriptRequest } from "./request.ts";

/** File descriptor of the entry mark, given by main. */
export const MARK_FD = 4;

export type GuestCode = Readonly<Record<string, string>>;
export type Runner = "function-runner.ts" | "match-runner.ts";

/** What the guest posts while an entry runs. */
export interface GuestListener {
  readonly onPost: (kind: string, text: string) => void;
  readonly onMark?: (step: number) => void;
}

export interface EntryLimit {
  /** The request charged for what happens in the entry. */
  readonly id: number;
  readonly timeoutMs: number;
  /** What it means when `timeoutMs` is reached. */
  readonly kind: "CPU_LIMIT" | "TIMEOUT";
}

/** An entry that did not end as it should. The isolate must not be used again. */
export interface EntryFailure {
  readonly kind: FaultKind;
  readonly thrown: Thrown;
  /** It ran into its limit on a machine that hardly let it run. */
  readonly starved?: boolean;
}

const LOAD_TIMEOUT_MS = 1000;
const READ_BODY_MS = 1000;
/** Compiled guest code by runner and module, made by this process and never by anyone else: V8 trusts it blindly. */
const compiled = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

export class GuestIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #context: ivm.Context;
  readonly #entries = new Map<string, ivm.Reference<(...args: unknown[]) => unknown>>();
  readonly #guest: ivm.Module;
  readonly #listener: GuestListener;
  readonly #modules = new Map<string, ivm.Module>();
  #mark: EntryMark = NO_ENTRY;
  /** The message the scripts are run on now. */
  request: ScriptRequest | undefined;

  constructor(guest: GuestCode, runner: Runner, memoryMb: number, listener: GuestListener) {
    this.#listener = listener;
    this.#isolate = new ivm.Isolate({
      memoryLimit: memoryMb,
      onCatastrophicError: () => {
        writeEntryMark(MARK_FD, { ...this.#mark, catastrophic: true });
        process.kill(process.pid, "SIGKILL");
      },
    });
    this.#context = this.#isolate.createContextSync();
    this.#installCallbacks();
    this.#guest = this.#compileGuest(guest, runner);
    this.#guest.instantiateSync(this.#context, (specifier, referrer) =>
      this.#resolve(guest, specifier, referrer),
    );
    this.#guest.evaluateSync({ timeout: LOAD_TIMEOUT_MS });
    this.#modules.clear();
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  /** Used part of the memory limit, from 0 to 1. */
  heapShare(): number {
    const { used_heap_size: used, heap_size_limit: limit } = this.#isolate.getHeapStatisticsSync();
    return used / limit;
  }

  /**
   * Loads a script and hands its exports to the guest with `spec`, within the time a script may take to load.
   * Returns the names of the exports, or why it cannot be used.
   */
  load(
    script: ChildScript,
    spec: object,
    id: number,
  ): { exports: readonly string[] } | EntryFailure {
    try {
      const module = this.#isolate.compileModuleSync(script.code, {
        filename: script.filename,
        // The wrapper around a script body is one line, which is not the author's.
        lineOffset: script.style === "flexdeploy" ? -1 : 0,
      });
      module.instantiateSync(this.#context, (specifier) => {
        throw new TypeError(
          `cannot import "${specifier}": scripts can import nothing but types from "hookyard"`,
        );
      });
      this.#enterMark(id, LOAD_TIMEOUT_MS, "CPU_LIMIT");
      module.evaluateSync({ timeout: LOAD_TIMEOUT_MS });
      const answer = this.#entry("install").applySync(undefined, [
        module.namespace.derefInto(),
        JSON.stringify(spec),
      ]);
      const { exports, complaint } = JSON.parse(String(answer));
      if (complaint === undefined) return { exports };
      return {
        kind: "COMPILE_ERROR",
        thrown: { name: "ExportError", message: complaint, stack: "" },
      };
    } catch (error) {
      return this.#failure(error, "COMPILE_ERROR", "CPU_LIMIT");
    } finally {
      this.#leaveMark();
    }
  }

  /** Runs a guest function until it and every promise it can settle have come to rest. Undefined when all went well. */
  enter(
    name: string,
    args: readonly (string | number)[],
    limit: EntryLimit,
  ): EntryFailure | undefined {
    this.#enterMark(limit.id, limit.timeoutMs, limit.kind);
    const cpuBefore = this.#cpuMs();
    try {
      this.#entry(name).applySync(undefined, [...args], {
        timeout: Math.max(1, Math.ceil(limit.timeoutMs)),
      });
      return undefined;
    } catch (error) {
      const starved = this.#cpuMs() - cpuBefore < limit.timeoutMs / 2;
      return { ...this.#failure(error, "SCRIPT_ERROR", limit.kind), starved };
    } finally {
      this.#leaveMark();
    }
  }

  dispose(): void {
    // On an isolate that memory pressure has disposed already, dispose() throws.
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  #enterMark(id: number, timeoutMs: number, limit: EntryLimit["kind"]): void {
    this.#mark = { ...NO_ENTRY, id, dueAt: monotonicMs() + timeoutMs, limit };
    writeEntryMark(MARK_FD, this.#mark);
  }

  #leaveMark(): void {
    this.#mark = NO_ENTRY;
    writeEntryMark(MARK_FD, NO_ENTRY);
  }

  #failure(error: unknown, otherwise: FaultKind, timeout: FaultKind): EntryFailure {
    const thrown = readThrown(error);
    // isolated-vm has no codes for these: its two fixed texts are all there is to go by.
    if (
      this.#isolate.isDisposed ||
      thrown.message.startsWith("Isolate was disposed during execution")
    ) {
      return {
        kind: "MEMORY_LIMIT",
        thrown: {
          name: "MemoryLimit",
          message: "the script used more memory than it may",
          stack: "",
        },
      };
    }
    if (thrown.message === "Script execution timed out.") {
      const message =
        timeout === "CPU_LIMIT"
          ? "the script used more CPU time than it may"
          : "the script took longer than it may";
      return {
        kind: timeout,
        thrown: { ...thrown, name: timeout === "CPU_LIMIT" ? "CpuLimit" : "Timeout", message },
      };
    }
    return { kind: otherwise, thrown };
  }

  /** CPU time used over the life of the isolate; not known of one that is gone. */
  #cpuMs(): number {
    return this.#isolate.isDisposed
      ? Number.POSITIVE_INFINITY
      : Number(this.#isolate.cpuTime) / 1e6;
  }

  /** Notes how far matching has come, so that main can tell which script a killed process was in. */
  noteStep(step: number): void {
    this.#mark = { ...this.#mark, step };
    writeEntryMark(MARK_FD, this.#mark);
  }

  #entry(name: string): ivm.Reference<(...args: unknown[]) => unknown> {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const entry = this.#guest.namespace.getSync(name, { reference: true });
    this.#entries.set(name, entry);
    return entry;
  }

  #installCallbacks(): void {
    const { global } = this.#context;
    const callbacks: Readonly<Record<string, (...args: never[]) => unknown>> = {
      hookyardBody: (decoded: boolean) => this.#readBody(decoded),
      hookyardSync: (name: string, argument: string, text: string | undefined) =>
        hostOperation(name, argument, text ?? "", this.request),
      hookyardPost: (kind: string, text: string) => this.#listener.onPost(kind, text),
      hookyardMark: (step: number) => {
        this.#listener.onMark?.(step);
        return performance.now();
      },
    };
    for (const [name, callback] of Object.entries(callbacks)) {
      global.setSync(name, new ivm.Callback(callback));
    }
  }

  /** Decoding a large body is our own work, done once: the script is given time for it. */
  #readBody(decoded: boolean): string {
    this.#mark = { ...this.#mark, dueAt: this.#mark.dueAt + READ_BODY_MS };
    writeEntryMark(MARK_FD, this.#mark);
    return this.request?.text(decoded) ?? "";
  }

  #compileGuest(guest: GuestCode, name: string): ivm.Module {
    const code = guest[name];
    if (code === undefined) throw new Error(`there is no guest module ${name}`);
    const cachedData = compiled.get(name);
    const module = this.#isolate.compileModuleSync(code, {
      filename: `guest/${name}`,
      ...(cachedData === undefined ? { produceCachedData: true } : { cachedData }),
    });
    const produced: unknown = Reflect.get(module, "cachedData");
    if (cachedData === undefined && produced instanceof ivm.ExternalCopy)
      compiled.set(name, produced);
    this.#modules.set(name, module);
    return module;
  }

  #resolve(guest: GuestCode, specifier: string, referrer: ivm.Module): ivm.Module {
    const [from = ""] = [...this.#modules].find(([, module]) => module === referrer) ?? [];
    const name = posix.join(posix.dirname(from), specifier);
    return this.#modules.get(name) ?? this.#compileGuest(guest, name);
  }
}
