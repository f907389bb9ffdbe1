/** The interface of the sandbox: check a script, run the match scripts, run a function. */

import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { FunctionLimits } from "../../model/definition.ts";
import type { Holder } from "../../sharing/fair-shares.ts";
import type { RunReport, ToChild } from "../wire/protocol.ts";
import { childProgram } from "./cached-child-program.ts";
import { CallBudgets, CallRoom } from "./call-room.ts";
import { ChildPool } from "./child-pool.ts";
import { framedRun } from "./framed-reports.ts";
import { type HostServices, hostCalls } from "./host-calls.ts";
import { killedFault } from "./killed-fault.ts";
import type { LoadableFunction, ProviderSet } from "./loadable.ts";
import { type DecideOptions, MatchDecider, type Matched } from "./match-decider.ts";
import type { Lost } from "./pending-request.ts";
import {
  extraParts,
  handOver,
  type InputSource,
  inMemorySource,
  type OpenInput,
  type ScriptInput,
} from "./run-input.ts";
import type { Provisional } from "./run-terms.ts";
import { type CheckCache, type Checked, type Draft, ScriptChecker } from "./script-check.ts";

/**
 * How a run ended: its report, or an interruption because its process or isolate died for a reason other than this
 * run. `begun` is false if it was never started.
 */
export type RunEnd = RunReport | { readonly interrupted: true; readonly begun: boolean };

export interface RunOptions {
  /** In a process of its own. */
  readonly alone: boolean;
  /** A draft: it runs apart from everything live. */
  readonly isDraft?: boolean | undefined;
  readonly services: HostServices;
  /** Whose share of memory its host calls take; that of the script alone when absent. */
  readonly holder?: Holder | undefined;
  readonly provisional?: Provisional | undefined;
  /** Names, in lower case, of headers of the message that are secret. */
  readonly secretHeaders?: readonly string[] | undefined;
}

export class Sandbox implements AsyncDisposable {
  readonly #pool: ChildPool;
  readonly #callBudgets = new CallBudgets();
  readonly #checker: ScriptChecker;
  readonly #log: Logger;
  #starting: Promise<void> | undefined;
  readonly #matchDecider: MatchDecider;

  constructor(options: {
    readonly processes: number;
    readonly log: Logger;
    /** The niceness of the processes: 0 is the default, more means lower priority. */
    readonly niceness?: number;
    /** The folder for large bodies, in unlinked files; the temporary folder by default. */
    readonly bodiesFolder?: string;
    /** A process has ended; `reason` is one word. */
    readonly onProcessEnded?: (reason: string) => void;
    /** Reports of scripts were dropped: of runs that were over, second ones, or too large ones. */
    readonly onReportsDropped?: (count: number) => void;
    /** Without it, every script is loaded when it is checked. */
    readonly checkCache?: CheckCache;
  }) {
    const program = childProgram();
    this.#log = options.log;
    this.#pool = new ChildPool(program, options);
    this.#matchDecider = new MatchDecider(this.#pool);
    const whenStarted = () => this.#starting;
    this.#checker = new ScriptChecker(
      { pool: this.#pool, program, whenStarted },
      options.checkCache,
    );
  }

  /** Resolves once scripts can run. Throws `sandbox_unusable` if no child starts. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#pool.begin()) {
      const result = await this.#pool.request({
        where: "match",
        message: (id) => ({ type: "hello", id }),
      });
      if (result.type === "hello") return;
    }
    const detail = `no sandbox process can be started, so no script can run:\n${this.problem ?? "it ended at once"}`;
    throw new HookyardError("sandbox_unusable", detail);
  }

  /** Why scripts cannot run now; undefined if they can. */
  get problem(): string | undefined {
    return this.#pool.problem;
  }

  get pids(): readonly number[] {
    return this.#pool.pids;
  }

  /** Compiles and loads a script as for a run. A fault has its position and a code frame. */
  check(draft: Draft): Promise<Checked> {
    return this.#checker.check(draft);
  }

  /**
   * Runs the match scripts in order. A script that kills its process is found and reported like any other fault.
   * Throws `sandbox_unusable` if process after process dies: that must never look like a "no" of every provider.
   */
  decide(set: ProviderSet, input: ScriptInput, options: DecideOptions): Promise<Matched> {
    return this.#matchDecider.decide(set, { input, parts: extraParts(input), options });
  }

  /**
   * Runs a function to its end. If the heap of a shared isolate is exhausted, the run is repeated in an isolate of
   * its own.
   */
  async run(
    fn: LoadableFunction,
    given: ScriptInput | InputSource,
    options: RunOptions,
  ): Promise<RunEnd> {
    const input = "open" in given ? given : inMemorySource(given);
    const startedAt = performance.now();
    const { alone, isDraft = false } = options;
    const shared = isDraft ? "trial" : "function";
    const where = alone ? "alone" : shared;
    let result = await this.#runOnce(fn, input, { ...options, where, ownIsolate: alone });
    if (result.type === "interrupted" && result.alone)
      result = await this.#runOnce(fn, input, { ...options, where, ownIsolate: true });
    else if (result.type === "lost" && result.fault === "MEMORY_LIMIT" && result.shared)
      result = await this.#runOnce(fn, input, { ...options, where: "alone", ownIsolate: true });
    if (result.type === "ran") return framedRun(result.report, fn.source);
    if (result.type === "lost")
      return lostRun(result, fn.spec.limits, performance.now() - startedAt);
    return { interrupted: true, begun: true };
  }

  #runOnce(
    { key, spec }: LoadableFunction,
    source: InputSource,
    {
      where,
      ownIsolate,
      services,
      holder = { name: key, provider: key },
      provisional,
      secretHeaders,
    }: RunOptions & {
      readonly where: "function" | "trial" | "alone";
      readonly ownIsolate: boolean;
    },
  ) {
    const { timeoutMs, hostCalls: calls, memoryMb } = spec.limits;
    const log = (err: unknown) => this.#log.error({ err }, "a host call failed");
    const callHost = hostCalls(services, log, provisional?.stored);
    const roomFor = (waitedMs: number) => new CallRoom(this.#callBudgets, holder, waitedMs);
    const headers = secretHeaders === undefined ? {} : { secretHeaders };
    const request = {
      where,
      message: (id: number): ToChild => ({ type: "run", id, key, alone: ownIsolate, ...headers }),
      memoryMb,
      terms: { key, timeoutMs, hostCalls: calls, provisional, roomFor, callHost },
    };
    if (!source.isSmall)
      return this.#pool.request({
        ...request,
        prepare: (cache) => cache.sendFunction({ key, spec }),
        handOver: (child) => handOver(source, child),
      });
    const ask = (opened: OpenInput) => {
      using _ = opened;
      const { input } = opened;
      return this.#pool.request({
        ...request,
        prepare: (cache) => {
          cache.sendFunction({ key, spec });
          cache.sendMessage(input);
        },
        parts: extraParts(input),
      });
    };
    // No promise if there is nothing to wait for: most inputs are small and in memory.
    const opened = source.open();
    return opened instanceof Promise ? opened.then(ask) : ask(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

function lostRun({ fault, begun }: Lost, limits: FunctionLimits, durationMs: number): RunEnd {
  return fault === undefined
    ? { interrupted: true, begun }
    : { logs: [], durationMs, fault: killedFault(fault, limits) };
}
