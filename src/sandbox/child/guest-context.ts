/** One context of an isolate, with the guest code. Scripts are loaded into it and entered through it only. */

import ivm from "isolated-vm";
import type { FailureKind } from "../../model/failure-kind.ts";

import type { PostKind } from "../wire/guest-posts.ts";
import type { ChildScript } from "../wire/protocol.ts";
import { type CpuStart, cpuMsSince, startCpuTime } from "./cpu-time.ts";
import { type EntryFailure, entryFailure, LOAD_TIMEOUT_MS } from "./entry-failure.ts";
import { hostOperation } from "./host-operations.ts";
import { assertOneBody } from "./one-body.ts";
import type { PayloadSource } from "./payload/payload-source.ts";
import type { ScriptRequest } from "./request.ts";
import { type EntryLimit, enterMark, extendMark, leaveMark } from "./running-entry.ts";
import type { Runner, ScriptIsolate } from "./script-isolate.ts";
import { scriptLinker } from "./script-linker.ts";

/** Receives what the guest posts while an entry runs. */
export interface GuestListener {
  readonly onPost: (kind: PostKind, text: string) => void;
  readonly onMark?: (step: number) => void;
}

export interface LoadLimit {
  readonly id: number;
  readonly timeoutMs?: number;
  readonly step?: number;
  /** The script was not checked before. */
  readonly isCheck?: boolean;
}

/** For the guest's own code. It takes milliseconds, unless the machine stalls. */
const LOAD_GUEST_MS = 30_000;
/** More than reading takes: decoding 25 MiB takes a second, and longer on a busy machine. */
const READ_BODY_MS = 5000;
/** For smaller bodies, extending the limit costs more than decoding. */
const LARGE_BODY_BYTES = 64 * 1024;
/**
 * How often, and how long each time, the microtasks of a stopped script are run, so that no later script is charged
 * for them.
 */
const FLUSHES = 3;
const FLUSH_MS = 10;
/** The share of a limit by which it may be late. */
const MAX_DELAY_SHARE = 1 / 50;
/** Well below the 150 ms that main waits for V8 to stop an entry before it kills the process. */
const MAX_DELAY_MS = 16;

/**
 * isolated-vm wakes a thread at the limit of every entry, though few entries run that long. Limits close to each
 * other are rounded up to the same instant, so that thousands of entries wake the thread a few times.
 */
function sharedTimeout(limitMs: number): number {
  const now = performance.now();
  const delayMs = Math.max(1, Math.min(limitMs * MAX_DELAY_SHARE, MAX_DELAY_MS));
  // A power of two, so that slightly different limits share their instants.
  const step = 2 ** Math.floor(Math.log2(delayMs));
  return Math.max(1, Math.ceil(Math.ceil((now + limitMs) / step) * step - now));
}

type Entry = ivm.Reference<(...args: unknown[]) => unknown>;

/** The guest functions that the child calls. */
const ENTRIES: Readonly<Record<Runner, readonly string[]>> = {
  "function-runner.ts": ["install", "invoke", "deliver", "expire", "drain"],
  "match-runner.ts": ["install", "decide", "drain"],
};

export class GuestContext {
  readonly isolate: ScriptIsolate;
  readonly #context: ivm.Context;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #listener: GuestListener;
  #started: CpuStart = { at: 0, cpuMs: 0 };
  /**
   * True once the script has read a body: it will read the next one too, so from then on the body is passed with the
   * event.
   */
  #readsBody = false;
  /** The number of the current run; reports of other runs are dropped. */
  #run = 0;
  /** The current message. */
  request: ScriptRequest | undefined;
  /**
   * Dropped reports that are not counted in main yet. After a report of an earlier run the context must not be used
   * again.
   */
  dropped = 0;
  /** Why the current run got an excerpt of the payload: "has 2097152 bytes". */
  excess: string | undefined;

  constructor(isolate: ScriptIsolate, runner: Runner, listener: GuestListener) {
    this.isolate = isolate;
    this.#listener = listener;
    this.#context = isolate.createContext();
    this.#installCallbacks();
    const guest = isolate.loadGuest(this.#context, runner, LOAD_GUEST_MS);
    // Fetched before any script runs: `getSync` also runs pending microtasks, without a time limit.
    this.#entries = new Map(
      ENTRIES[runner].map((name) => [name, guest.getSync(name, { reference: true })]),
    );
  }

  /**
   * Loads a script and installs its exports with `spec`, within `timeoutMs` and at most `LOAD_TIMEOUT_MS`. Returns
   * the names of the exports, or the failure.
   */
  load(
    script: ChildScript,
    spec: object,
    { id, timeoutMs = LOAD_TIMEOUT_MS, step = 0, isCheck = false }: LoadLimit,
  ): { exports: readonly string[] } | EntryFailure {
    const timeout = Math.min(timeoutMs, LOAD_TIMEOUT_MS);
    this.#started = startCpuTime();
    try {
      // The wrapper around a FlexDeploy script adds one line before the author's first.
      const lineOffset = script.style === "flexdeploy" ? -1 : 0;
      const compileEntry = (code: string) =>
        this.isolate.compile(code, script.filename, lineOffset);
      const module = compileEntry(script.code);
      if (isCheck) assertOneBody(script, compileEntry);
      const compile = (code: string, filename: string) => this.isolate.compile(code, filename, 0);
      module.instantiateSync(this.#context, scriptLinker(script, module, compile));
      enterMark({ id, timeoutMs: timeout, kind: "LOAD_LIMIT", step }, this.isolate.isShared);
      module.evaluateSync({ timeout });
      const installed = this.#entry("install").applySync(
        undefined,
        [module.namespace.derefInto(), JSON.stringify(spec)],
        { timeout },
      );
      const { exports, problem } = JSON.parse(String(installed));
      if (problem === undefined) return { exports };
      const thrown = { name: "ExportError", message: problem, stack: "" };
      return { kind: "COMPILE_ERROR", thrown, starved: false };
    } catch (error) {
      return this.#failure(error, "COMPILE_ERROR", { kind: "LOAD_LIMIT", timeoutMs: timeout });
    } finally {
      leaveMark();
    }
  }

  /** Calls a guest function and runs all microtasks. Returns the failure, if any. */
  enter(
    name: string,
    args: readonly (string | number)[],
    limit: EntryLimit,
  ): EntryFailure | undefined {
    enterMark(limit, this.isolate.isShared);
    this.#started = startCpuTime();
    try {
      const timeout = sharedTimeout(limit.timeoutMs);
      this.#entry(name).applySync(undefined, [...args], { timeout });
      return undefined;
    } catch (error) {
      return this.#failure(error, "SCRIPT_ERROR", limit);
    } finally {
      leaveMark();
    }
  }

  /**
   * Begins a run and returns its number. From now on reports of earlier runs are dropped: code that they left behind
   * may run in any later entry.
   */
  begin(): number {
    this.#run += 1;
    this.excess = undefined;
    return this.#run;
  }

  /** CPU time of the thread since the last entry began: of the script, and of the host's work for it. */
  cpuMs(): number {
    return cpuMsSince(this.#started);
  }

  /** The event, and the text of the body if the script is known to read it. */
  eventParts(head: string): readonly string[] {
    const size = this.request?.size(false);
    const isWanted = this.#readsBody && size !== undefined && size < LARGE_BODY_BYTES;
    return isWanted ? [head, this.#readBody(false)] : [head];
  }

  release(): void {
    this.isolate.releaseContext(this.#context);
  }

  /**
   * A stopped script may have left microtasks in the queue that all contexts of the isolate share. Runs them under a
   * short limit; if they do not end, disposes of the isolate.
   */
  #flush(): void {
    for (let flush = 0; flush < FLUSHES && !this.isolate.isDisposed; flush++) {
      try {
        this.#entry("drain").applySync(undefined, [], { timeout: FLUSH_MS });
        return;
      } catch {
        // Try again: the queue may hold several endless tasks.
      }
    }
    this.isolate.dispose();
  }

  #failure(
    error: unknown,
    otherwise: FailureKind,
    limit: Pick<EntryLimit, "kind" | "timeoutMs">,
  ): EntryFailure {
    const { isDisposed } = this.isolate;
    const failure = entryFailure(error, { otherwise, limit, isDisposed, cpuMs: this.cpuMs() });
    if (this.isolate.isShared) this.#flush();
    return failure;
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`the guest has no entry ${name}`);
    return entry;
  }

  #installCallbacks(): void {
    const { global } = this.#context;
    const callbacks: Readonly<Record<string, (...args: never[]) => unknown>> = {
      hookyardBody: (decoded: boolean) => this.#readBody(decoded),
      hookyardPayload: (mayCut: boolean, wanted: boolean) => this.#readPayload(mayCut, wanted),
      hookyardFile: (index: number, mayCut: boolean) => this.#readFile(index, mayCut),
      hookyardSync: (name: string, argument: string, text: string | undefined) =>
        hostOperation(name, argument, text ?? "", this.request),
      hookyardPost: (kind: PostKind, text: string, run: number) => {
        if (run === this.#run) this.#listener.onPost(kind, text);
        else this.dropped += 1;
      },
      hookyardMark: (step: number) => this.#listener.onMark?.(step),
    };
    for (const [name, callback] of Object.entries(callbacks)) {
      global.setSync(name, new ivm.Callback(callback));
    }
  }

  #readBody(decoded: boolean): string {
    const { request } = this;
    if (request === undefined) return "";
    this.#readsBody ||= !decoded;
    if (request.size(decoded) < LARGE_BODY_BYTES) return request.text(decoded);
    return withExtendedLimit(() => request.text(decoded));
  }

  #readPayload(mayCut: boolean, wanted: boolean): string {
    const source = this.#payloadSource(mayCut);
    if (source === undefined) return "";
    if (wanted) this.excess = source.excess;
    return wanted ? source.text : source.text.slice(0, 1);
  }

  /** Each character is a byte. */
  #readFile(index: number, mayCut: boolean): string {
    return this.#payloadSource(mayCut)?.fileAt(index).toString("latin1") ?? "";
  }

  #payloadSource(mayCut: boolean): PayloadSource | undefined {
    const { request } = this;
    if (request === undefined) return undefined;
    if (request.size(true) < LARGE_BODY_BYTES) return request.payloadSource(mayCut);
    return withExtendedLimit(() => request.payloadSource(mayCut));
  }
}

/** Reading a large body is the host's work, done once, so the script's limit is extended by the time it takes. */
function withExtendedLimit<T>(read: () => T): T {
  const startedAt = performance.now();
  extendMark(READ_BODY_MS);
  const made = read();
  extendMark(performance.now() - startedAt - READ_BODY_MS);
  return made;
}
