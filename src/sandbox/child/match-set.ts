/**
 * The match scripts of all providers in one context, asked about one message in one crossing. Once that went wrong,
 * they are asked one by one from then on: then it is certain whose fault something is.
 */
import { STEPS } from "../guest/match-steps.ts";
import type { ChildProvider, DecideRequest, Fault, WireMatchReport } from "../protocol.ts";
import { makeFault } from "./fault.ts";
import { type EntryFailure, GuestContext } from "./guest-context.ts";
import { createMask, type Mask } from "./mask.ts";
import { leavingMatch } from "./match-leaving.ts";
import { joinReports, type LogLine, placeReport, type Said } from "./match-report.ts";
import type { ScriptRequest } from "./request.ts";
import { noteStep } from "./running-entry.ts";
import { type GuestCode, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";

/** What one script may use, or all of them together as long as all goes well. */
const SCRIPT_TIMEOUT_MS = 100;
const CHAIN_CPU_MS = 500;
/** On top of both: reading and hashing a large body takes its time, several times as long where others use the machine. */
const MORE_MS_PER_MEGABYTE = 64;
const MEGABYTE = 1024 * 1024;
/** How often a script is asked again because the machine gave it no time. */
const MAX_STARVED = 2;
const MEMORY_MB = 128;
/** Past it the scripts get a new isolate, before one of them is blamed for what the others kept. */
const MAX_HEAP_SHARE = 0.5;
const HEAP_CHECK_EVERY = 8;
/** Of one script. */
const MAX_LOGS = 100;
const MAX_LOG_CHARACTERS = 8192;

interface Question {
  readonly request: DecideRequest;
  readonly head: string;
  readonly message: ScriptRequest;
  /** By `index.step`: what is not run again, and what is to be reported of it. */
  readonly broken: Record<string, Fault>;
}

interface Answer {
  readonly said: Said | undefined;
  readonly failure: EntryFailure | undefined;
}

export class MatchSet {
  readonly #guest: GuestCode;
  readonly #providers: readonly ChildProvider[];
  readonly mask: Mask;
  #context: GuestContext | undefined;
  #oneByOne = false;
  #asks = 0;
  #careful = false;
  #step = 0;
  #cpuLeftMs = 0;
  /** The last provider being asked. */
  #last = 0;
  #done: string | undefined;
  #logs: LogLine[] = [];
  /** What each provider has logged so far, by its index. */
  readonly #logged = new Map<number, { lines: number; characters: number }>();

  constructor(guest: GuestCode, providers: readonly ChildProvider[]) {
    this.#guest = guest;
    this.#providers = providers;
    this.mask = createMask(...providers);
  }

  /** Asks all providers in order until one matches. */
  decide(request: DecideRequest, head: string, message: ScriptRequest): WireMatchReport {
    this.#careful = request.careful;
    this.#forgetLogs();
    const question = { request, head, message, broken: { ...request.broken } };
    const said = this.#askAll(question) ?? this.#askOneByOne(question);
    return placeReport(said, { providers: this.#providers, mask: this.mask }, this.#logs);
  }

  /**
   * What a line was floated by may belong to another script: all secrets are masked in all of it. The answer to a
   * handshake is what the sender has to get.
   */
  masked(report: WireMatchReport): WireMatchReport {
    return leavingMatch(report, this.mask);
  }

  dispose(): void {
    this.#context?.isolate.dispose();
    this.#context = undefined;
  }

  /** Undefined when the scripts have to be asked one by one. */
  #askAll(question: Question): Said | undefined {
    if (this.#oneByOne || question.request.careful) return undefined;
    const { said, failure } = this.#ask(question, 0, this.#providers.length);
    if (failure === undefined && said !== undefined) return said;
    this.#oneByOne = true;
    this.#forgetLogs();
    return undefined;
  }

  #forgetLogs(): void {
    this.#logs = [];
    this.#logged.clear();
  }

  #askOneByOne(question: Question): Said {
    this.#cpuLeftMs = CHAIN_CPU_MS + bodyMs(question.message);
    let soFar: Said = { trace: [] };
    for (const [index] of this.#providers.entries()) {
      soFar = joinReports(soFar, this.#askOne(question, index));
      if (soFar.trace.at(-1)?.matched === true) return soFar;
      if (this.#cpuLeftMs <= 0) return joinReports(soFar, this.#notAsked(index + 1));
    }
    return soFar;
  }

  #notAsked(from: number): Said {
    const message = "it was not asked: the scripts before it used up the time for all";
    const thrown = { name: "Timeout", message, stack: "" };
    const trace = this.#providers.slice(from).map((provider) => {
      return {
        matched: false,
        durationMs: 0,
        error: makeFault("TIMEOUT", thrown, provider, this.mask),
      };
    });
    return { trace };
  }

  /** Once it has matched, a step that hangs, bloats or never ends is left out of another asking. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: what may come back, one case after the other.
  #askOne(question: Question, index: number): Said {
    for (let starts = 0; ; ) {
      const startedAt = performance.now();
      const isFirst = this.#context === undefined;
      const { said, failure } = this.#ask(question, index, index + 1);
      if (said !== undefined && failure === undefined) return said;
      if (said !== undefined && failure?.kind === "SCRIPT_ERROR") return withWarning(said, failure);
      // A machine that stood still is not the script's fault: its message would be taken for nobody's.
      if (failure?.starved === true && starts++ < MAX_STARVED) continue;
      // The heap is everybody's: who finds it full is asked again with an empty one.
      if (failure?.kind === "MEMORY_LIMIT" && !isFirst && starts++ < MAX_STARVED) continue;
      const fault = this.#fault(failure, index);
      const step = this.#stepOf(index);
      const key = `${index}.${step}`;
      if (step === "default" || key in question.broken || this.#cpuLeftMs <= 0)
        return {
          trace: [{ matched: false, durationMs: performance.now() - startedAt, error: fault }],
        };
      question.broken[key] = fault;
    }
  }

  /** What was floated by a step may run after the last one: then the script as a whole is to blame. */
  #stepOf(index: number): (typeof STEPS)[number] {
    const isOwn = Math.floor(this.#step / STEPS.length) === index;
    return (isOwn ? STEPS[this.#step % STEPS.length] : undefined) ?? "default";
  }

  #ask({ request, head, message, broken }: Question, from: number, to: number): Answer {
    this.#done = undefined;
    this.#step = from * STEPS.length;
    this.#last = to - 1;
    this.#context ??= this.#build(request.id);
    this.#context.request = message;
    // Together they are only told apart by what they log: should anything go wrong, each is asked by itself.
    const tells = this.#oneByOne || this.#careful;
    const options = JSON.stringify({ verify: request.verify, broken, from, to, tells });
    const timeoutMs = SCRIPT_TIMEOUT_MS + bodyMs(message);
    const limit = { id: request.id, timeoutMs, kind: "CPU_LIMIT" } as const;
    const failure = this.#context.enter("decide", [head, options], limit);
    if (this.#oneByOne || this.#careful) this.#cpuLeftMs -= this.#context.cpuMs();
    this.#context.request = undefined;
    // Errors are caught by the guest, and nothing a script can reach can be changed: only a script that was stopped
    // in the middle leaves the context in an unknown state.
    if (failure !== undefined && failure.kind !== "SCRIPT_ERROR") this.dispose();
    else if (++this.#asks % HEAP_CHECK_EVERY === 0 && this.#isBloated()) this.dispose();
    const said: Said | undefined = this.#done === undefined ? undefined : JSON.parse(this.#done);
    return { said, failure };
  }

  #isBloated(): boolean {
    const isolate = this.#context?.isolate;
    return isolate === undefined || isolate.isDisposed || isolate.heapShare() > MAX_HEAP_SHARE;
  }

  #build(id: number, starts = 0): GuestContext {
    const isolate = new ScriptIsolate(this.#guest, MEMORY_MB);
    const context = new GuestContext(isolate, "match-runner.ts", {
      onPost: (kind, text) => this.#onPost(kind, text),
      onMark: (step) => {
        this.#step = step;
        if (this.#careful) noteStep(step);
      },
    });
    for (const [index, provider] of this.#providers.entries()) {
      const spec = { ...scriptSpec(provider), verifies: provider.verifies };
      const loaded = context.load(provider, spec, { id });
      // Every script was loaded once when it was checked: one that does not load now is asked and found broken.
      if (!("kind" in loaded)) continue;
      if (loaded.starved && starts < MAX_STARVED) {
        isolate.dispose();
        return this.#build(id, starts + 1);
      }
      const fault = JSON.stringify(this.#fault(loaded, index));
      context.enter("installBroken", [fault], {
        id,
        timeoutMs: SCRIPT_TIMEOUT_MS,
        kind: "CPU_LIMIT",
      });
    }
    return context;
  }

  #onPost(kind: string, text: string): void {
    if (kind === "done") this.#done = text;
    if (kind === "log") this.#log(text);
  }

  #log(text: string): void {
    const provider = Math.min(Math.floor(this.#step / STEPS.length), this.#last);
    const own = this.#logged.get(provider) ?? { lines: 0, characters: 0 };
    if (own.lines > MAX_LOGS || own.characters > MAX_LOG_CHARACTERS) return;
    own.lines += 1;
    own.characters += text.length;
    this.#logged.set(provider, own);
    const isLast = own.lines > MAX_LOGS || own.characters > MAX_LOG_CHARACTERS;
    const cut = `further log lines were cut: a match script may log ${MAX_LOGS} lines and ${MAX_LOG_CHARACTERS} characters`;
    const entry = isLast ? { at: Date.now(), level: "warn" as const, text: cut } : JSON.parse(text);
    this.#logs.push({ provider, entry });
  }

  #fault(failure: EntryFailure | undefined, index: number): Fault {
    const own = this.#providers[index] ?? { filename: "match.ts", modules: {} };
    if (failure !== undefined) return makeFault(failure.kind, failure.thrown, own, this.mask);
    const message = "the script waits for a promise that nothing will settle";
    return makeFault("TIMEOUT", { name: "Timeout", message, stack: "" }, own, this.mask);
  }
}

const bodyMs = ({ body }: ScriptRequest): number => (body.length / MEGABYTE) * MORE_MS_PER_MEGABYTE;

function withWarning(said: Said, failure: EntryFailure): Said {
  const warning = `a promise was rejected and nobody waited for it: ${failure.thrown.message}`;
  return { ...said, trace: said.trace.map((entry) => ({ warning, ...entry })) };
}
