/**
 * The match scripts of all providers in one context, asked about one message in one crossing. Once that went wrong,
 * they are asked one by one from then on: then it is certain whose fault something is.
 */
import { STEPS } from "../guest/match-steps.ts";
import type { ChildProvider, DecideRequest, Fault, MatchReport } from "../protocol.ts";
import { makeFault } from "./fault.ts";
import { type EntryFailure, GuestContext } from "./guest-context.ts";
import { createMask, type Mask } from "./mask.ts";
import { joinReports, type LogLine, placeReport, type Said } from "./match-report.ts";
import type { ScriptRequest } from "./request.ts";
import { noteStep } from "./running-entry.ts";
import { type GuestCode, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";

/** What one script may use, or all of them together as long as all goes well. */
const SCRIPT_TIMEOUT_MS = 100;
const CHAIN_BUDGET_MS = 500;
const MEMORY_MB = 128;
const MAX_LOGS = 100;

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
  /** It ran into its limit on a machine that hardly let it run. */
  readonly starved: boolean;
}

export class MatchSet {
  readonly #guest: GuestCode;
  readonly #providers: readonly ChildProvider[];
  readonly #mask: Mask;
  #context: GuestContext | undefined;
  #oneByOne = false;
  #careful = false;
  #step = 0;
  /** The last provider being asked. */
  #last = 0;
  #done: string | undefined;
  #logs: LogLine[] = [];

  constructor(guest: GuestCode, providers: readonly ChildProvider[]) {
    this.#guest = guest;
    this.#providers = providers;
    this.#mask = createMask(...providers);
  }

  /** Asks all providers in order until one matches. */
  decide(request: DecideRequest, head: string, message: ScriptRequest): MatchReport {
    this.#careful = request.careful;
    this.#logs = [];
    const question = { request, head, message, broken: { ...request.broken } };
    return this.#finish(this.#askAll(question) ?? this.#askOneByOne(question));
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
    this.#logs = [];
    return undefined;
  }

  #askOneByOne(question: Question): Said {
    const deadline = performance.now() + CHAIN_BUDGET_MS;
    let soFar: Said = { trace: [] };
    for (const [index] of this.#providers.entries()) {
      soFar = joinReports(soFar, this.#askOne(question, index, deadline));
      if (soFar.trace.at(-1)?.matched === true || performance.now() > deadline) break;
    }
    return soFar;
  }

  /** A step that hangs, bloats or never ends is left out of a second asking. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: what may come back, one case after the other.
  #askOne(question: Question, index: number, deadline: number): Said {
    for (;;) {
      const { said, failure, starved } = this.#ask(question, index, index + 1);
      if (said !== undefined && failure === undefined) return said;
      if (said !== undefined && failure?.kind === "SCRIPT_ERROR") return withWarning(said, failure);
      // A machine that stood still is not the script's fault: its message would be taken for nobody's.
      if (starved && performance.now() < deadline) continue;
      const fault = this.#fault(failure, index);
      const key = `${index}.${this.#stepOf(index)}`;
      if (key in question.broken || performance.now() > deadline)
        return { trace: [{ matched: false, durationMs: 0, error: fault }] };
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
    const options = JSON.stringify({ verify: request.verify, broken, from, to });
    const limit = { id: request.id, timeoutMs: SCRIPT_TIMEOUT_MS, kind: "CPU_LIMIT" } as const;
    const { cpuMs, failure } = this.#context.enter("decide", [head, options], limit);
    this.#context.request = undefined;
    // Errors are caught by the guest, and nothing a script can reach can be changed: only a script that was stopped
    // in the middle leaves the context in an unknown state.
    if (failure !== undefined && failure.kind !== "SCRIPT_ERROR") this.dispose();
    const said: Said | undefined = this.#done === undefined ? undefined : JSON.parse(this.#done);
    const starved = failure?.kind === "CPU_LIMIT" && cpuMs < SCRIPT_TIMEOUT_MS / 2;
    return { said, failure, starved };
  }

  #build(id: number): GuestContext {
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
    if (kind === "log" && this.#logs.length < MAX_LOGS) {
      const provider = Math.min(Math.floor(this.#step / STEPS.length), this.#last);
      this.#logs.push({ provider, entry: JSON.parse(text) });
    }
  }

  #fault(failure: EntryFailure | undefined, index: number): Fault {
    const own = this.#providers[index] ?? { filename: "match.ts", modules: {} };
    if (failure !== undefined) return makeFault(failure.kind, failure.thrown, own);
    const message = "the script waits for a promise that nothing will settle";
    return makeFault("TIMEOUT", { name: "Timeout", message, stack: "" }, own);
  }

  #finish(said: Said): MatchReport {
    const { handshake, ...rest } = placeReport(said, this.#providers, this.#logs);
    // What a line was floated by may belong to another script: all secrets are masked in all of it. The answer to a
    // handshake is what the sender has to get.
    return { ...this.#mask(rest), ...(handshake === undefined ? {} : { handshake }) };
  }
}

function withWarning(said: Said, failure: EntryFailure): Said {
  const warning = `a promise was rejected and nobody waited for it: ${failure.thrown.message}`;
  return { ...said, trace: said.trace.map((entry) => ({ warning, ...entry })) };
}
