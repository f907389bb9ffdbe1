/** The sandbox as the rest of the program sees it: check a script, ask the match scripts, run a function. */

import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { FunctionLimits } from "../../model/definition.ts";
import type { Holder } from "../../sharing/fair-shares.ts";
import type { RunReport, ToChild } from "../wire/protocol.ts";
import { CallBudgets, CallRoom } from "./call-room.ts";
import { ChildPool } from "./child-pool.ts";
import { framedRun } from "./framed-reports.ts";
import { type HostServices, hostCalls } from "./host-calls.ts";
import { childProgram } from "./kept-child-program.ts";
import { killedFault } from "./killed-fault.ts";
import type { LoadableFunction, ProviderSet } from "./loadable.ts";
import { type DecideOptions, MatchAsker, type Matched } from "./match-asker.ts";
import type { Lost } from "./pending-request.ts";
import {
  furtherOf,
  handOver,
  type InputSource,
  type OpenInput,
  type ScriptInput,
  sourceOf,
} from "./run-input.ts";
import type { Provisional } from "./run-terms.ts";
import { type Checked, type Draft, type KnownChecks, ScriptChecker } from "./script-check.ts";

/**
 * How a run ended: its report, or nothing, because what it ran in died and nobody can say that it was at fault.
 * `begun` is false when it was never started.
 */
export type RunEnd = RunReport | { readonly interrupted: true; readonly begun: boolean };

export interface RunOptions {
  /** In a process of its own, which nobody else can bring down. */
  readonly alone: boolean;
  /** Nobody has put it to use: it runs where nothing live does. */
  readonly isTried?: boolean | undefined;
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
  readonly #asker: MatchAsker;

  constructor(options: {
    readonly processes: number;
    readonly log: Logger;
    /** Of its processes, as the operating system counts it: 0 is like everybody, more gives way to others. */
    readonly niceness?: number;
    /** Where large bodies are kept for them, in files without a name; the temporary folder when absent. */
    readonly bodiesFolder?: string;
    /** A process is gone; why, in a word. */
    readonly onProcessEnded?: (reason: string) => void;
    /** Reports of scripts were dropped: for a run that was over, a second one, or one that was too large. */
    readonly onReportsDropped?: (count: number) => void;
    /** None when absent: every script is loaded when it is checked. */
    readonly knownChecks?: KnownChecks;
  }) {
    const program = childProgram();
    this.#log = options.log;
    this.#pool = new ChildPool(program, options);
    this.#asker = new MatchAsker(this.#pool);
    const isUp = () => this.#starting;
    this.#checker = new ScriptChecker({ pool: this.#pool, program, isUp }, options.knownChecks);
  }

  /** Resolves once scripts can be run. Throws `sandbox_unusable` when no child starts. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#pool.begin()) {
      const answer = await this.#pool.request({
        where: "match",
        message: (id) => ({ type: "hello", id }),
      });
      if (answer.type === "hello") return;
    }
    const detail = `no sandbox process can be started, so that no script could run:\n${this.problem ?? "it ended at once"}`;
    throw new HookyardError("sandbox_unusable", detail);
  }

  /** Why scripts cannot be run now; undefined when they can. */
  get problem(): string | undefined {
    return this.#pool.problem;
  }

  get pids(): readonly number[] {
    return this.#pool.pids;
  }

  /** Compiles and loads a script as it would be for real. A fault has its position and a code frame. */
  check(draft: Draft): Promise<Checked> {
    return this.#checker.check(draft);
  }

  /**
   * Asks the match scripts in order. Scripts that kill their process are found out and reported like any other fault.
   * Throws `sandbox_unusable` when process after process dies: that must never look like a "no" of every provider.
   */
  decide(set: ProviderSet, input: ScriptInput, options: DecideOptions): Promise<Matched> {
    return this.#asker.decide(set, { input, parts: furtherOf(input), options });
  }

  /** Runs a function to its end. Who is found with an exhausted heap that was not its own is judged by itself. */
  async run(
    fn: LoadableFunction,
    given: ScriptInput | InputSource,
    options: RunOptions,
  ): Promise<RunEnd> {
    const input = "open" in given ? given : sourceOf(given);
    const startedAt = performance.now();
    const { alone, isTried = false } = options;
    const shared = isTried ? "trial" : "function";
    const where = alone ? "alone" : shared;
    let answer = await this.#runOnce(fn, input, { ...options, where, ownIsolate: alone });
    if (answer.type === "interrupted" && answer.alone)
      answer = await this.#runOnce(fn, input, { ...options, where, ownIsolate: true });
    else if (answer.type === "lost" && answer.fault === "MEMORY_LIMIT" && answer.shared)
      answer = await this.#runOnce(fn, input, { ...options, where: "alone", ownIsolate: true });
    if (answer.type === "ran") return framedRun(answer.report, fn.source);
    if (answer.type === "lost")
      return lostRun(answer, fn.spec.limits, performance.now() - startedAt);
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
        prepare: (holds) => holds.giveFunction({ key, spec }),
        handOver: (child) => handOver(source, child),
      });
    const ask = (opened: OpenInput) => {
      using _ = opened;
      const { input } = opened;
      return this.#pool.request({
        ...request,
        prepare: (holds) => {
          holds.giveFunction({ key, spec });
          holds.giveMessage(input);
        },
        parts: furtherOf(input),
      });
    };
    // No promise where there is nothing to wait for: most runs are given a small message that is in memory.
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
