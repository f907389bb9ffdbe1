/** The match scripts this child knows, and the order in which a message is shown to them. */
import type { Asking, ChildProvider, DecideRequest, MatchReport } from "../wire/protocol.ts";
import { type MatchAnswer, refusal } from "./match-answer.ts";
import { leavingMatch } from "./match-report.ts";
import { MatchScript, type MatchScriptDeps, type Question } from "./match-script.ts";
import type { ScriptRequest } from "./request.ts";

/**
 * Scripts with a warm isolate; the one asked least recently goes. An isolate takes 4 MB, and 10 ms of CPU time to be made.
 * Were there fewer than scripts that are asked about every message, each message would make all of them anew.
 */
const MAX_WARM = 128;
const MAX_IDLE_MS = 600_000;
/** What all scripts together may use for one message. */
const CHAIN_CPU_MS = 500;
/** On top of each limit: reading and hashing a large body takes its time, several times as long where others use the machine. */
const MORE_MS_PER_MEGABYTE = 64;
const MEGABYTE = 1024 * 1024;

/** `cpuMs`: what all scripts together took of this thread, loading them aside. */
export interface Decided {
  readonly report: MatchReport;
  readonly cpuMs: number;
}

interface Known {
  readonly spec: ChildProvider;
  readonly script: MatchScript;
}

export class MatchScripts {
  readonly #deps: MatchScriptDeps;
  readonly #known = new Map<string, Known>();
  /** The one asked last at the end. */
  readonly #warm = new Set<MatchScript>();

  constructor(deps: MatchScriptDeps) {
    this.#deps = deps;
  }

  define(key: string, spec: ChildProvider): void {
    this.#known.set(key, { spec, script: new MatchScript(this.#deps, spec) });
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) {
      const script = this.#known.get(key)?.script;
      this.#known.delete(key);
      if (script !== undefined) this.#cool(script);
    }
  }

  /** Asks the scripts in order until one matches. */
  decide(request: DecideRequest, head: string, message: ScriptRequest): Decided {
    const { id, verify } = request;
    const bodyMs = (message.bodyBytes / MEGABYTE) * MORE_MS_PER_MEGABYTE;
    const allMs = CHAIN_CPU_MS + bodyMs;
    const question = { id, head, message, verify, bodyMs, cpuLeftMs: allMs };
    const answers: MatchAnswer[] = [];
    for (const asking of request.askings) {
      const answer = this.#ask(asking, question, request.fresh);
      answers.push(answer);
      if (answer.matched) break;
    }
    const { entries, ...details } = leavingMatch(answers, message, request.secretHeaders);
    return { report: { entries, ...details }, cpuMs: spentMs(question, allMs) };
  }

  /** Gives back memory nobody has used for long. */
  tidy(): void {
    const since = performance.now() - MAX_IDLE_MS;
    for (const script of this.#warm) if (script.usedAt < since) this.#cool(script);
  }

  #ask(asking: Asking, question: Question, fresh: boolean) {
    const known = this.#known.get(asking.key);
    if (known === undefined) throw new Error(`match script ${asking.key} was never given`);
    if (question.cpuLeftMs <= 0) return notAsked(asking, known.spec);
    if (!fresh) return this.#askWarm(asking, question, known.script);
    const script = new MatchScript(this.#deps, known.spec);
    try {
      return script.ask(asking, question);
    } finally {
      script.dispose();
    }
  }

  #askWarm(asking: Asking, question: Question, script: MatchScript) {
    const answer = script.ask(asking, question);
    this.#warm.delete(script);
    if (!script.isWarm) return answer;
    this.#warm.add(script);
    const [coldest] = this.#warm;
    if (this.#warm.size > MAX_WARM && coldest !== undefined) this.#cool(coldest);
    return answer;
  }

  #cool(script: MatchScript): void {
    this.#warm.delete(script);
    script.dispose();
  }
}

const spentMs = ({ cpuLeftMs }: Question, allMs: number): number => Math.max(0, allMs - cpuLeftMs);

function notAsked({ provider }: Asking, script: ChildProvider): MatchAnswer {
  const message = "it was not asked: the scripts before it used up the time for all";
  const fault = { kind: "TIMEOUT", name: "Timeout", message, stack: "" } as const;
  return refusal({ provider, script, spellings: [] }, fault);
}
