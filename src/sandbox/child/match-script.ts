/** One match script in its own isolate, which is created for its first message and then kept warm. */

import type { RawFault } from "../wire/guest-posts.ts";
import { FLAGS, STEPS, type Step } from "../wire/match-steps.ts";
import type { ChildProvider, Fault, MatchTask } from "../wire/protocol.ts";
import type { EntryFailure } from "./entry-failure.ts";
import { GuestContext } from "./guest-context.ts";
import { MatchPosts } from "./match-posts.ts";
import { failedResult, type MatchResult, type MatchRun, toResult } from "./match-result.ts";
import type { ScriptRequest } from "./request.ts";
import { clearMark, noteStep } from "./running-entry.ts";
import { type GuestCode, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";
import { secretSpellings } from "./secret-spellings.ts";
import type { Spelling } from "./spelling.ts";

const SCRIPT_TIMEOUT_MS = 100;
/** How often a script is run or loaded again when the machine gave it too little CPU time. */
const MAX_STARVED = 2;
const MEMORY_MB = 128;
/** Above this the script gets a new isolate: it keeps data of earlier messages. */
const MAX_WARM_HEAP_BYTES = 32 * 1024 * 1024;
const HEAP_CHECK_EVERY = 8;
/** A body of this size may fill the heap in one run, so the heap is checked after it. */
const LARGE_BODY_BYTES = 256 * 1024;
/** How long a script that failed to load is not loaded again. */
const UNLOADABLE_MS = 10_000;
/** Reading the CPU clock takes as long as a small script, so a shorter entry is charged by wall time. */
const MIN_MEASURED_MS = 2;

/** The state that all match scripts of one message share. */
export interface MessageState {
  /** The id of the request. */
  readonly id: number;
  readonly head: string;
  readonly message: ScriptRequest;
  readonly verify: boolean;
  /** How much every limit is extended for the size of the body. */
  readonly bodyMs: number;
  /** The CPU time that the remaining match scripts may use together. */
  cpuLeftMs: number;
}

type Broken = Partial<Record<Step, Fault | RawFault>>;

export interface MatchScriptDeps {
  readonly guest: GuestCode;
  readonly onDropped: (reports: number) => void;
}

export class MatchScript {
  readonly #deps: MatchScriptDeps;
  readonly #script: ChildProvider;
  readonly #spellings: readonly Spelling[];
  #context: GuestContext | undefined;
  #unloadable: { readonly fault: RawFault; readonly at: number } | undefined;
  #runs = 0;
  /**
   * True after the script was stopped or did not settle: from then on it reports each step before it runs, so that
   * the failing step is known.
   */
  #tracksSteps = false;
  #hasSteps = false;
  /** The posts of the current run. */
  #posts: MatchPosts | undefined;
  /** The step number of the current run's first step, if its steps are written to the entry mark. */
  #markedStepBase: number | undefined;
  /** When it last ran, in milliseconds of `performance.now`. */
  usedAt = 0;

  constructor(deps: MatchScriptDeps, script: ChildProvider) {
    this.#deps = deps;
    this.#script = script;
    this.#spellings = secretSpellings(script);
  }

  /** False too after V8 disposed of the isolate because it ran out of memory. */
  get isWarm(): boolean {
    return this.#context !== undefined && !this.#context.isolate.isDisposed;
  }

  /**
   * Runs the script on a message. If a step after `default` hangs, bloats or never settles, runs it again without
   * that step.
   */
  run(task: MatchTask, state: MessageState): MatchResult {
    this.usedAt = performance.now();
    const { provider } = task;
    const providerScript = { provider, script: this.#script, spellings: this.#spellings };
    const broken: Broken = { ...task.broken };
    let retries = 0;
    for (;;) {
      const wasWarm = this.isWarm;
      const context = this.#open(task, state.id);
      if (!(context instanceof GuestContext)) return failedResult(providerScript, context);
      const run = this.#enter(context, task, state, broken);
      const { report, failure } = run;
      if (report !== undefined && !wasStopped(failure))
        return toResult(providerScript, report, run);
      const hasOtherCause = mayHaveOtherCause(failure, wasWarm) && retries++ < MAX_STARVED;
      if (hasOtherCause || this.#startTrackingSteps()) continue;
      const fault = this.#leaveOut(run, broken, state);
      if (fault !== undefined) return failedResult(providerScript, fault, run);
    }
  }

  dispose(): void {
    this.#context?.isolate.dispose();
    this.#context = undefined;
  }

  /** True when the script must run again because the failing step is unknown. */
  #startTrackingSteps(): boolean {
    if (this.#tracksSteps || !this.#hasSteps) return false;
    this.#tracksSteps = true;
    return true;
  }

  /** Excludes the failing step from the next run. Returns the fault of the whole script if that cannot help. */
  #leaveOut(
    { posts: { step }, failure }: MatchRun,
    broken: Broken,
    { cpuLeftMs }: MessageState,
  ): RawFault | undefined {
    const fault = faultOf(failure);
    if (step === "default" || step in broken || cpuLeftMs <= 0) return fault;
    broken[step] = fault;
    return undefined;
  }

  #enter(context: GuestContext, task: MatchTask, state: MessageState, broken: Broken): MatchRun {
    const posts = new MatchPosts();
    this.#posts = posts;
    this.#markedStepBase = task.markSteps === true ? stepOf(task) : undefined;
    context.request = state.message;
    const runNumber = context.begin();
    const marksSteps = task.markSteps === true;
    const flags =
      (state.verify ? FLAGS.verify : 0) +
      (this.#tracksSteps || marksSteps ? FLAGS.trackSteps : 0) +
      (state.message.mayHaveExcerpt ? FLAGS.mayHaveExcerpt : 0);
    const isWhole = Object.keys(broken).length === 0;
    const plan = isWhole ? flags : JSON.stringify({ flags, broken });
    const args = [runNumber, plan, ...context.eventParts(state.head)];
    const timeoutMs = SCRIPT_TIMEOUT_MS + state.bodyMs;
    const limit = {
      id: state.id,
      timeoutMs,
      kind: "CPU_LIMIT",
      step: stepOf(task),
      isExact: marksSteps,
    } as const;
    const startedAt = performance.now();
    const failure = context.enter("decide", args, limit);
    const wallMs = performance.now() - startedAt;
    state.cpuLeftMs -= wallMs < MIN_MEASURED_MS ? wallMs : context.cpuMs();
    context.request = undefined;
    this.#posts = undefined;
    const { report } = posts;
    if (context.dropped > 0) this.#deps.onDropped(context.dropped);
    if (report === undefined || !this.#isReusable(context, failure, state.message)) this.dispose();
    return {
      posts,
      report,
      failure,
      excess: context.excess,
      durationMs: rounded(wallMs),
    };
  }

  /**
   * The guest catches errors and is frozen, so a context stays usable after them. It is not reusable after a stop in
   * the middle of an entry, or when code of an earlier run reported.
   */
  #isReusable(
    context: GuestContext,
    failure: EntryFailure | undefined,
    { bodyBytes }: ScriptRequest,
  ): boolean {
    if (context.dropped > 0 || wasStopped(failure) || context.isolate.isDisposed) return false;
    this.#runs += 1;
    const isDue = this.#runs % HEAP_CHECK_EVERY === 0 || bodyBytes >= LARGE_BODY_BYTES;
    return !isDue || context.isolate.heapBytes() <= MAX_WARM_HEAP_BYTES;
  }

  /** Every script loaded when it was checked; one that fails to load now gets the fault in every report. */
  #open(task: MatchTask, id: number): GuestContext | RawFault {
    if (this.#context !== undefined && this.isWarm) return this.#context;
    this.#context = undefined;
    const { at = Number.NEGATIVE_INFINITY, fault } = this.#unloadable ?? {};
    if (fault !== undefined && performance.now() - at < UNLOADABLE_MS) return fault;
    const made = this.#make(task, id);
    if (made instanceof GuestContext) this.#context = made;
    else this.#unloadable = { fault: made, at: performance.now() };
    return made;
  }

  #make(task: MatchTask, id: number, starts = 0): GuestContext | RawFault {
    clearMark();
    const isolate = new ScriptIsolate(this.#deps.guest, MEMORY_MB);
    const context: GuestContext = new GuestContext(isolate, "match-runner.ts", {
      onPost: (kind, text) => {
        if (this.#posts?.take(kind, text) !== true) context.dropped += 1;
      },
      onMark: (step) => {
        this.#posts?.mark(step);
        if (this.#markedStepBase !== undefined) noteStep(this.#markedStepBase + step);
      },
    });
    const spec = { ...scriptSpec(this.#script), verifies: this.#script.verifies };
    const loaded = context.load(this.#script, spec, { id, step: stepOf(task) });
    if (!("kind" in loaded)) {
      this.#hasSteps = loaded.exports.length > 1;
      return context;
    }
    isolate.dispose();
    if (loaded.starved && starts < MAX_STARVED) return this.#make(task, id, starts + 1);
    return faultOf(loaded);
  }
}

function faultOf(failure: EntryFailure | undefined): RawFault {
  if (failure !== undefined) return { kind: failure.kind, ...failure.thrown };
  const message = "the script waits for a promise that is never settled";
  return { kind: "TIMEOUT", name: "Timeout", message, stack: "" };
}

/** The number of the script's first step in the entry mark. */
const stepOf = ({ provider }: MatchTask): number => provider * STEPS.length;

/** An unhandled rejection is an ordinary error; every other failure stops the entry in the middle. */
const wasStopped = (failure: EntryFailure | undefined): boolean =>
  failure !== undefined && failure.kind !== "SCRIPT_ERROR";

/** An overloaded machine, or a heap that earlier messages filled, may have caused the failure. */
const mayHaveOtherCause = (failure: EntryFailure | undefined, wasWarm: boolean): boolean =>
  failure?.starved === true || (failure?.kind === "MEMORY_LIMIT" && wasWarm);

/** Rounds to microseconds: more digits are noise that would be stored with every message. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
