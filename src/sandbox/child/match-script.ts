/** One match script in an isolate of its own, which is made when the script is first asked and then kept warm. */
import { FLAGS, STEPS, type Step } from "../wire/match-steps.ts";
import type { Asking, ChildProvider, Fault } from "../wire/protocol.ts";
import type { RawFault } from "./fault.ts";
import { type EntryFailure, GuestContext } from "./guest-context.ts";
import { type Asked, type MatchAnswer, refusal, toAnswer } from "./match-answer.ts";
import { MatchPosts } from "./match-posts.ts";
import type { ScriptRequest } from "./request.ts";
import { clearMark, noteStep } from "./running-entry.ts";
import { type GuestCode, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";
import { secretSpellings } from "./secret-spellings.ts";
import type { Spelling } from "./spelling.ts";

const SCRIPT_TIMEOUT_MS = 100;
/** How often a script is asked or loaded again because the machine gave it no time. */
const MAX_STARVED = 2;
const MEMORY_MB = 128;
/** Past it the script gets a new isolate: what it holds is left over from earlier messages. */
const MAX_WARM_HEAP_BYTES = 32 * 1024 * 1024;
const HEAP_CHECK_EVERY = 8;
/** A body of this size may fill the heap at once. */
const LARGE_BODY_BYTES = 256 * 1024;
/** For how long a script that could not be loaded is not loaded again. */
const UNLOADABLE_MS = 10_000;
/** Reading the CPU clock takes as long as a small script, so a shorter entry is charged by the wall clock. */
const MIN_MEASURED_MS = 2;

/** What the askings of one message have in common. */
export interface Question {
  /** Of the request. */
  readonly id: number;
  readonly head: string;
  readonly message: ScriptRequest;
  readonly verify: boolean;
  /** How much longer each limit is for the size of the body. */
  readonly bodyMs: number;
  /** What all match scripts together may still use. */
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
  #askings = 0;
  /** Set once it was stopped, or did not settle: from then on its steps are told apart. */
  #tells = false;
  #hasSteps = false;
  /** Those of the asking that is being worked on. */
  #posts: MatchPosts | undefined;
  /** Where to note its steps, if they are to be noted. */
  #careful: number | undefined;
  /** When it was last asked, in milliseconds of `performance.now`. */
  usedAt = 0;

  constructor(deps: MatchScriptDeps, script: ChildProvider) {
    this.#deps = deps;
    this.#script = script;
    this.#spellings = secretSpellings(script);
  }

  /** Memory pressure disposes of an isolate by itself. */
  get isWarm(): boolean {
    return this.#context !== undefined && !this.#context.isolate.isDisposed;
  }

  /** If a step after `default` hangs, bloats or never ends, the script is asked again without that step. */
  ask(asking: Asking, question: Question): MatchAnswer {
    this.usedAt = performance.now();
    const { provider } = asking;
    const asker = { provider, script: this.#script, spellings: this.#spellings };
    const broken: Broken = { ...asking.broken };
    for (let tries = 0; ; tries++) {
      const wasWarm = this.isWarm;
      const context = this.#open(asking, question.id);
      if (!(context instanceof GuestContext)) return refusal(asker, context);
      const asked = this.#enter(context, asking, question, broken);
      const { said, failure } = asked;
      if (said !== undefined && !wasStopped(failure)) return toAnswer(asker, said, asked);
      const isInnocent = tries < MAX_STARVED && mayBeInnocent(failure, wasWarm);
      if (isInnocent || this.#startTelling()) continue;
      const fault = this.#leaveOut(asked, broken, question);
      if (fault !== undefined) return refusal(asker, fault, asked);
    }
  }

  dispose(): void {
    this.#context?.isolate.dispose();
    this.#context = undefined;
  }

  /** True when it is to be asked again because nobody knows in which step it was. */
  #startTelling(): boolean {
    if (this.#tells || !this.#hasSteps) return false;
    this.#tells = true;
    return true;
  }

  /** Leaves the last step out of another asking; returns the fault of the script as a whole when that cannot help. */
  #leaveOut(
    { posts: { step }, failure }: Asked,
    broken: Broken,
    { cpuLeftMs }: Question,
  ): RawFault | undefined {
    const fault = faultOf(failure);
    if (step === "default" || step in broken || cpuLeftMs <= 0) return fault;
    broken[step] = fault;
    return undefined;
  }

  #enter(context: GuestContext, asking: Asking, question: Question, broken: Broken): Asked {
    const posts = new MatchPosts();
    this.#posts = posts;
    this.#careful = asking.careful === true ? stepOf(asking) : undefined;
    context.request = question.message;
    const number = context.begin();
    const isCareful = asking.careful === true;
    const flags =
      (question.verify ? FLAGS.verify : 0) +
      (this.#tells || isCareful ? FLAGS.tells : 0) +
      (question.message.mayHaveExcerpt ? FLAGS.large : 0);
    const isWhole = Object.keys(broken).length === 0;
    const plan = isWhole ? flags : JSON.stringify({ flags, broken });
    const args = [number, plan, ...context.eventParts(question.head)];
    const timeoutMs = SCRIPT_TIMEOUT_MS + question.bodyMs;
    const limit = {
      id: question.id,
      timeoutMs,
      kind: "CPU_LIMIT",
      step: stepOf(asking),
      isExact: isCareful,
    } as const;
    const startedAt = performance.now();
    const failure = context.enter("decide", args, limit);
    const wallMs = performance.now() - startedAt;
    question.cpuLeftMs -= wallMs < MIN_MEASURED_MS ? wallMs : context.cpuMs();
    context.request = undefined;
    this.#posts = undefined;
    const { said } = posts;
    if (context.dropped > 0) this.#deps.onDropped(context.dropped);
    if (said === undefined || !this.#isReusable(context, failure, question.message)) this.dispose();
    return {
      posts,
      said,
      failure,
      excess: context.excess,
      durationMs: rounded(wallMs),
    };
  }

  /**
   * Errors are caught by the guest, and nothing of it can be changed: only a script that was stopped in the middle, or
   * that left code of an earlier asking behind, leaves the context in an unknown state.
   */
  #isReusable(
    context: GuestContext,
    failure: EntryFailure | undefined,
    { bodyBytes }: ScriptRequest,
  ): boolean {
    if (context.dropped > 0 || wasStopped(failure) || context.isolate.isDisposed) return false;
    this.#askings += 1;
    const isDue = this.#askings % HEAP_CHECK_EVERY === 0 || bodyBytes >= LARGE_BODY_BYTES;
    return !isDue || context.isolate.heapBytes() <= MAX_WARM_HEAP_BYTES;
  }

  /** Every script was loaded when it was checked: one that cannot be loaded now is reported each time it is asked. */
  #open(asking: Asking, id: number): GuestContext | RawFault {
    if (this.#context !== undefined && this.isWarm) return this.#context;
    this.#context = undefined;
    const { at = Number.NEGATIVE_INFINITY, fault } = this.#unloadable ?? {};
    if (fault !== undefined && performance.now() - at < UNLOADABLE_MS) return fault;
    const made = this.#make(asking, id);
    if (made instanceof GuestContext) this.#context = made;
    else this.#unloadable = { fault: made, at: performance.now() };
    return made;
  }

  #make(asking: Asking, id: number, starts = 0): GuestContext | RawFault {
    clearMark();
    const isolate = new ScriptIsolate(this.#deps.guest, MEMORY_MB);
    const context: GuestContext = new GuestContext(isolate, "match-runner.ts", {
      onPost: (kind, text) => {
        if (this.#posts?.take(kind, text) !== true) context.dropped += 1;
      },
      onMark: (step) => {
        this.#posts?.mark(step);
        if (this.#careful !== undefined) noteStep(this.#careful + step);
      },
    });
    const spec = { ...scriptSpec(this.#script), verifies: this.#script.verifies };
    const loaded = context.load(this.#script, spec, { id, step: stepOf(asking) });
    if (!("kind" in loaded)) {
      this.#hasSteps = loaded.exports.length > 1;
      return context;
    }
    isolate.dispose();
    if (loaded.starved && starts < MAX_STARVED) return this.#make(asking, id, starts + 1);
    return faultOf(loaded);
  }
}

function faultOf(failure: EntryFailure | undefined): RawFault {
  if (failure !== undefined) return { kind: failure.kind, ...failure.thrown };
  const message = "the script waits for a promise that nothing will settle";
  return { kind: "TIMEOUT", name: "Timeout", message, stack: "" };
}

/** As the entry mark names the script: its steps follow. */
const stepOf = ({ provider }: Asking): number => provider * STEPS.length;

/** A promise that was rejected is an error like any other; what else goes wrong ends the entry in the middle. */
const wasStopped = (failure: EntryFailure | undefined): boolean =>
  failure !== undefined && failure.kind !== "SCRIPT_ERROR";

/** A machine that stood still, and a heap that earlier messages filled, are not the fault of this asking. */
const mayBeInnocent = (failure: EntryFailure | undefined, wasWarm: boolean): boolean =>
  failure?.starved === true || (failure?.kind === "MEMORY_LIMIT" && wasWarm);

/** To a microsecond: what is finer is noise, and would be stored with every message. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
