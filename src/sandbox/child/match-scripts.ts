/** The match scripts of this child. Runs them on a message in order. */
import type { ChildProvider, DecideRequest, MatchReport, MatchTask } from "../wire/protocol.ts";
import { matchReport } from "./match-report.ts";
import { failedResult, type MatchResult, passedOverResult } from "./match-result.ts";
import { MatchScript, type MatchScriptDeps, type MessageState } from "./match-script.ts";
import type { ScriptRequest } from "./request.ts";

/**
 * Scripts with a warm isolate; the least recently used is evicted. An isolate takes 4 MB and 10 ms of CPU time to
 * create. If more scripts run on every message than fit, each message creates all of them again.
 */
const MAX_WARM = 128;
const MAX_IDLE_MS = 600_000;
/** CPU time of all scripts together for one message. */
const CHAIN_CPU_MS = 500;
/**
 * Added to each limit, since reading and hashing a large body takes time, and several times as much on a busy
 * machine.
 */
const MORE_MS_PER_MEGABYTE = 64;
const MEGABYTE = 1024 * 1024;

/** `cpuMs`: the CPU time of all scripts together, without loading them. */
export interface Decision {
  readonly report: MatchReport;
  readonly cpuMs: number;
}

interface KnownScript {
  readonly spec: ChildProvider;
  readonly script: MatchScript;
}

export class MatchScripts {
  readonly #deps: MatchScriptDeps;
  readonly #known = new Map<string, KnownScript>();
  /** In order of last use, most recent last. */
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
      if (script !== undefined) this.#evict(script);
    }
  }

  /** Runs the scripts in order until one matches. */
  decide(request: DecideRequest, head: string, message: ScriptRequest): Decision {
    const { id, verify } = request;
    const bodyMs = (message.bodyBytes / MEGABYTE) * MORE_MS_PER_MEGABYTE;
    const totalMs = CHAIN_CPU_MS + bodyMs;
    const state = { id, head, message, verify, bodyMs, cpuLeftMs: totalMs };
    const results: MatchResult[] = [];
    for (const task of request.tasks) {
      const result = this.#run(task, state, request.fresh);
      results.push(result);
      if (result.matched) break;
    }
    const { entries, ...details } = matchReport(results, message, request.secretHeaders);
    return { report: { entries, ...details }, cpuMs: spentMs(state, totalMs) };
  }

  /** Evicts scripts that have been idle for long. */
  tidy(): void {
    const since = performance.now() - MAX_IDLE_MS;
    for (const script of this.#warm) if (script.usedAt < since) this.#evict(script);
  }

  #run(task: MatchTask, state: MessageState, fresh: boolean) {
    const known = this.#known.get(task.key);
    if (known === undefined)
      throw new Error(`match script ${task.key} is not defined in this child`);
    if (state.cpuLeftMs <= 0) return skippedResult(task, known.spec);
    if (lacksKeys(task, state)) return passedOverResult(task);
    if (!fresh) return this.#runWarm(task, state, known.script);
    const script = new MatchScript(this.#deps, known.spec);
    try {
      return script.run(task, state);
    } finally {
      script.dispose();
    }
  }

  #runWarm(task: MatchTask, state: MessageState, script: MatchScript) {
    const result = script.run(task, state);
    this.#warm.delete(script);
    if (!script.isWarm) return result;
    this.#warm.add(script);
    const [oldest] = this.#warm;
    if (this.#warm.size > MAX_WARM && oldest !== undefined) this.#evict(oldest);
    return result;
  }

  #evict(script: MatchScript): void {
    this.#warm.delete(script);
    script.dispose();
  }
}

/** Looking for the keys takes as long as reading the body once, and is charged to the message like a script. */
function lacksKeys({ payloadKeys }: MatchTask, state: MessageState): boolean {
  if (payloadKeys === undefined) return false;
  const startedAt = performance.now();
  const present = state.message.payloadKeys();
  state.cpuLeftMs -= performance.now() - startedAt;
  return (
    present !== undefined && !payloadKeys.some((keys) => keys.every((key) => present.has(key)))
  );
}

const spentMs = ({ cpuLeftMs }: MessageState, totalMs: number): number =>
  Math.max(0, totalMs - cpuLeftMs);

function skippedResult({ provider }: MatchTask, script: ChildProvider): MatchResult {
  const message = "it was not run: the scripts before it used up the CPU time for this message";
  const fault = { kind: "TIMEOUT", name: "Timeout", message, stack: "" } as const;
  return failedResult({ provider, script, spellings: [] }, fault);
}
