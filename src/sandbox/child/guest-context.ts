/** One context of an isolate with the guest code in it: where scripts are loaded, and the only way into them. */

import ivm from "isolated-vm";
import type { FailureKind } from "../../model/execution.ts";
import type { LimitKind } from "../wire/entry-mark.ts";
import type { PostKind } from "../wire/guest-posts.ts";
import type { ChildScript } from "../wire/protocol.ts";
import { type CpuStart, cpuMsSince, startCpuTime } from "./cpu-time.ts";
import { readThrown, type Thrown } from "./fault.ts";
import { hostOperation } from "./host-operations.ts";
import { scriptLinker } from "./imports.ts";
import type { ScriptRequest } from "./request.ts";
import { type EntryLimit, enterMark, extendMark, leaveMark } from "./running-entry.ts";
import type { Runner, ScriptIsolate } from "./script-isolate.ts";

/** What the guest posts while an entry runs. */
export interface GuestListener {
  readonly onPost: (kind: PostKind, text: string) => void;
  readonly onMark?: (step: number) => void;
}

export interface LoadLimit {
  readonly id: number;
  readonly timeoutMs?: number;
  readonly step?: number;
}

/** Why an entry did not end as it should. The context must not be used again. */
export interface EntryFailure {
  readonly kind: FailureKind;
  readonly thrown: Thrown;
  /** It ran into its limit on a machine that hardly let it run, which is the machine's fault. */
  readonly starved: boolean;
}

const LOAD_TIMEOUT_MS = 1000;
/** Our own code, which takes milliseconds: only a machine that stands still makes it take long. */
const LOAD_GUEST_MS = 30_000;
const READ_BODY_MS = 1000;
/** Decoding a smaller one takes no longer than giving its time back. */
const LARGE_BODY_BYTES = 64 * 1024;
/** How often, and for how long, what an ended script left in the queue is run, so that it is charged to nobody else. */
const FLUSHES = 3;
const FLUSH_MS = 10;
/** Of a limit: what it may be late by. */
const LATE_SHARE = 1 / 50;
/** Main gives V8 some 150 ms to stop an entry before it ends the process. */
const MAX_LATE_MS = 16;

/**
 * isolated-vm wakes a thread at the limit of every entry, though hardly one runs that long. Limits that come close
 * together are put on one instant, a little later, so that thousands of entries wake it a few times.
 */
function sharedTimeout(limitMs: number): number {
  const now = performance.now();
  const lateMs = Math.max(1, Math.min(limitMs * LATE_SHARE, MAX_LATE_MS));
  // A power of two: limits that differ a little have their instants in common.
  const step = 2 ** Math.floor(Math.log2(lateMs));
  return Math.max(1, Math.ceil(Math.ceil((now + limitMs) / step) * step - now));
}

const isStarved = (kind: FailureKind, cpuMs: number, timeoutMs: number): boolean =>
  kind === "CPU_LIMIT" && cpuMs < timeoutMs / 2;

const TIMED_OUT = {
  CPU_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    message: "the script used more CPU time than it may",
  },
  LOAD_LIMIT: {
    kind: "CPU_LIMIT",
    name: "CpuLimit",
    message: `the script took longer to be loaded than it may, which is ${LOAD_TIMEOUT_MS} ms or its own limit if that is less`,
  },
  TIMEOUT: { kind: "TIMEOUT", name: "Timeout", message: "the script took longer than it may" },
} as const;

type Entry = ivm.Reference<(...args: unknown[]) => unknown>;

/** What the host calls in the guest. */
const ENTRIES: Readonly<Record<Runner, readonly string[]>> = {
  "function-runner.ts": ["install", "invoke", "deliver", "expire", "rest"],
  "match-runner.ts": ["install", "decide", "rest"],
};

export class GuestContext {
  readonly isolate: ScriptIsolate;
  readonly #context: ivm.Context;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #listener: GuestListener;
  #started: CpuStart = { at: 0, cpuMs: 0 };
  /** A script that has asked for a body will ask for the next one: it is handed over with the event from then on. */
  #readsBody = false;
  /** The run whose reports count. */
  #run = 0;
  /** The message the scripts are run on now. */
  request: ScriptRequest | undefined;
  /** Reports that were dropped and not told to main yet. With one of an earlier run the context is not to be used again. */
  dropped = 0;
  /** What was too large of the body when the run got an excerpt of its payload. */
  excess: string | undefined;

  constructor(isolate: ScriptIsolate, runner: Runner, listener: GuestListener) {
    this.isolate = isolate;
    this.#listener = listener;
    this.#context = isolate.createContext();
    this.#installCallbacks();
    const guest = isolate.loadGuest(this.#context, runner, LOAD_GUEST_MS);
    // Fetched before any script runs: fetching runs whatever is in the queue, without a limit.
    this.#entries = new Map(
      ENTRIES[runner].map((name) => [name, guest.getSync(name, { reference: true })]),
    );
  }

  /**
   * Loads a script and hands its exports to the guest with `spec`, within `LOAD_TIMEOUT_MS` or less if it is given less.
   * Returns the names of the exports, or why it cannot be used.
   */
  load(
    script: ChildScript,
    spec: object,
    { id, timeoutMs = LOAD_TIMEOUT_MS, step = 0 }: LoadLimit,
  ): { exports: readonly string[] } | EntryFailure {
    const timeout = Math.min(timeoutMs, LOAD_TIMEOUT_MS);
    this.#started = startCpuTime();
    try {
      // The wrapper around a script body is one line, which is not the author's.
      const lineOffset = script.style === "flexdeploy" ? -1 : 0;
      const module = this.isolate.compile(script.code, script.filename, lineOffset);
      const compile = (code: string, filename: string) => this.isolate.compile(code, filename, 0);
      module.instantiateSync(this.#context, scriptLinker(script, module, compile));
      enterMark({ id, timeoutMs: timeout, kind: "LOAD_LIMIT", step }, this.isolate.isShared);
      module.evaluateSync({ timeout });
      const answer = this.#entry("install").applySync(
        undefined,
        [module.namespace.derefInto(), JSON.stringify(spec)],
        { timeout },
      );
      const { exports, complaint } = JSON.parse(String(answer));
      if (complaint === undefined) return { exports };
      const thrown = { name: "ExportError", message: complaint, stack: "" };
      return { kind: "COMPILE_ERROR", thrown, starved: false };
    } catch (error) {
      const failure = this.#failure(error, "COMPILE_ERROR", "LOAD_LIMIT");
      const starved = isStarved(failure.kind, this.cpuMs(), timeout);
      if (this.isolate.isShared) this.#flush();
      return { ...failure, starved };
    } finally {
      leaveMark();
    }
  }

  /** Runs a guest function until it and every promise it can settle have come to rest. Returns what went wrong, if anything. */
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
      const failure = this.#failure(error, "SCRIPT_ERROR", limit.kind);
      const starved = isStarved(failure.kind, this.cpuMs(), limit.timeoutMs);
      if (this.isolate.isShared) this.#flush();
      return { ...failure, starved };
    } finally {
      leaveMark();
    }
  }

  /**
   * Begins a run, or an asking of a match script, and returns its number. From now on reports of earlier ones are dropped:
   * code that they left behind may run in any later entry.
   */
  begin(): number {
    this.#run += 1;
    this.excess = undefined;
    return this.#run;
  }

  /** CPU time of the thread since the last entry began: that of the script and of the host's work for it. */
  cpuMs(): number {
    return cpuMsSince(this.#started);
  }

  /** The event and, where the script is sure to ask for it, the body as text. */
  eventParts(head: string): readonly string[] {
    const size = this.request?.size(false);
    const isWanted = this.#readsBody && size !== undefined && size < LARGE_BODY_BYTES;
    return isWanted ? [head, this.#readBody(false)] : [head];
  }

  release(): void {
    this.isolate.releaseContext(this.#context);
  }

  /**
   * A script that was stopped may have left work in the queue that all contexts of the isolate share. What does not
   * come to rest is ended by V8 with the queue; should it not, the isolate goes.
   */
  #flush(): void {
    for (let flush = 0; flush < FLUSHES && !this.isolate.isDisposed; flush++) {
      try {
        this.#entry("rest").applySync(undefined, [], { timeout: FLUSH_MS });
        return;
      } catch {
        // Once more: the queue may hold several of its kind.
      }
    }
    this.isolate.dispose();
  }

  #failure(
    error: unknown,
    otherwise: FailureKind,
    timeout: LimitKind,
  ): Omit<EntryFailure, "starved"> {
    const thrown = readThrown(error);
    // isolated-vm has no codes for these: its two fixed texts are all there is to go by.
    if (
      this.isolate.isDisposed ||
      thrown.message.startsWith("Isolate was disposed during execution")
    ) {
      const message = "the script used more memory than it may";
      return { kind: "MEMORY_LIMIT", thrown: { name: "MemoryLimit", message, stack: "" } };
    }
    if (thrown.message === "Script execution timed out.") {
      const { kind, ...said } = TIMED_OUT[timeout];
      return { kind, thrown: { ...thrown, ...said } };
    }
    return { kind: otherwise, thrown };
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
      hookyardExcerpt: (wanted: boolean) => this.#readExcerpt(wanted),
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
    return withMoreTime(() => request.text(decoded));
  }

  #readExcerpt(wanted: boolean): string {
    const { request } = this;
    const excerpt = request && withMoreTime(() => request.excerpt());
    if (excerpt === undefined) return "";
    const { json, excess } = excerpt;
    if (wanted) this.excess = excess;
    return (excess === undefined ? "W" : "T") + (wanted ? json : "");
  }
}

/** Reading a large body is our own work, done once: the script is given back the time it takes. */
function withMoreTime<T>(read: () => T): T {
  const startedAt = performance.now();
  extendMark(READ_BODY_MS);
  const made = read();
  extendMark(performance.now() - startedAt - READ_BODY_MS);
  return made;
}
