/**
 * Runs the match scripts on one message, and runs them again when their process dies, until each has said yes or no.
 */
import { HookyardError } from "../../errors.ts";
import { STEPS } from "../wire/match-steps.ts";
import type {
  BrokenSteps,
  ChildMessage,
  ChildReport,
  MatchReport,
  MatchTask,
} from "../wire/protocol.ts";
import type { ChildPool } from "./child-pool.ts";
import { framedMatch } from "./framed-reports.ts";
import { killedFault } from "./killed-fault.ts";
import type { ProviderSet } from "./loadable.ts";
import type { Lost } from "./pending-request.ts";
import { Quarantine } from "./quarantine.ts";

/**
 * How many processes may die before the decision is given up. Most deaths are caused by other messages: a stranger
 * who can kill processes must not make innocent messages look unmatched.
 */
const MAX_DEATHS = 20;
/**
 * After this many deaths in a shared process the message is quarantined, although it was not running at any of them.
 */
const MAX_SHARED_DEATHS = 5;
/** The CPU time charged for a killed process: about the time to detect it and to start another. */
const DEATH_MS = 1000;
/** How many scripts that killed a process are remembered. */
const MAX_RISKY_SCRIPTS = 1000;

/** A provider whose script runs. */
export type Candidate = Pick<MatchTask, "provider" | "payloadKeys">;

/** Options of one decision. */
export interface DecideOptions {
  /** False for an edited copy, for which no signature is valid. */
  readonly verify: boolean;
  /** In order. */
  readonly candidates: readonly Candidate[];
  /** For trials: use isolates that are created for this message and disposed of after it. */
  readonly fresh?: boolean | undefined;
  /** Names, in lower case, of headers of the message that are secret. */
  readonly secretHeaders?: readonly string[] | undefined;
  /** The sender to which the cost is charged; empty for trials. */
  readonly sender?: string;
}

export interface Matched extends MatchReport {
  /** CPU time of the scripts in milliseconds, including the charge for killed processes. */
  readonly cpuMs: number;
}

type Lane = "match" | "quarantine" | "trial";

/** The state of one decision. */
interface Progress {
  readonly broken: Map<number, BrokenSteps>;
  deaths: number;
  /** The CPU time charged for them. */
  deathMs: number;
  isQuarantined: boolean;
  /** True if the entry mark must name the script and step of the next death. */
  marksSteps: boolean;
}

interface DecideAttempt {
  readonly set: ProviderSet;
  readonly tasks: readonly MatchTask[];
  readonly call: DecideCall;
}

interface DecideCall {
  readonly input: ChildMessage;
  readonly parts: readonly string[];
  readonly options: DecideOptions;
}

export class MatchDecider {
  readonly #pool: ChildPool;
  /** Keys of scripts that killed a process: each of their steps is written to the entry mark before it runs. */
  readonly #riskyScripts = new Set<string>();
  readonly #quarantine = new Quarantine();

  constructor(pool: ChildPool) {
    this.#pool = pool;
  }

  /** Throws `sandbox_unusable` if process after process dies: that must never look like a "no" of every provider. */
  async decide(set: ProviderSet, call: DecideCall): Promise<Matched> {
    const { input, options } = call;
    const progress: Progress = {
      broken: new Map(),
      deaths: 0,
      deathMs: 0,
      isQuarantined: this.#quarantine.appliesTo(input, options.sender),
      marksSteps: false,
    };
    while (progress.deaths < MAX_DEATHS) {
      const tasks = options.candidates.map((candidate) => this.#task(set, candidate, progress));
      const result = await this.#requestInLane({ set, tasks, call }, progress);
      if (result.type === "decided") {
        if (!progress.isQuarantined) this.#quarantine.noteCost(options.sender, result.cpuMs);
        return { ...framedMatch(result.report, set), cpuMs: result.cpuMs + progress.deathMs };
      }
      progress.deaths += 1;
      if (result.type === "lost") this.#noteDeath(result, { set, tasks, call }, progress);
    }
    const detail = `match scripts could not be run: ${MAX_DEATHS} sandbox processes died one after the other`;
    throw new HookyardError("sandbox_unusable", detail);
  }

  /** Quarantines the message if it was running when the process died, or if too many processes have died. */
  #noteDeath(lost: Lost, { tasks, call }: DecideAttempt, progress: Progress): void {
    this.#excludeCulprit(lost, tasks, progress);
    if (lost.running) {
      this.#quarantine.suspect(call.options.sender);
      progress.deathMs += DEATH_MS;
    }
    progress.isQuarantined ||= lost.running || progress.deaths >= MAX_SHARED_DEATHS;
  }

  #task(set: ProviderSet, candidate: Candidate, { broken, marksSteps }: Progress): MatchTask {
    const { provider } = candidate;
    const key = set[provider]?.key;
    if (key === undefined) throw new RangeError(`there is no provider ${provider} to ask`);
    const steps = broken.get(provider);
    return {
      ...candidate,
      key,
      ...(steps === undefined ? {} : { broken: steps }),
      ...(marksSteps || this.#riskyScripts.has(key) ? { markSteps: true } : {}),
    };
  }

  async #requestInLane(
    attempt: DecideAttempt,
    { isQuarantined }: Progress,
  ): Promise<ChildReport | Lost> {
    const { input, options } = attempt.call;
    if (options.fresh === true) return await this.#request("trial", attempt);
    if (!isQuarantined) return await this.#request("match", attempt);
    using _turn = await this.#quarantine.waitTurn(input, options.sender);
    return await this.#request("quarantine", attempt);
  }

  #request(where: Lane, { set, tasks, call }: DecideAttempt): Promise<ChildReport | Lost> {
    const { input, parts, options } = call;
    const { verify, fresh = false, secretHeaders = [] } = options;
    return this.#pool.request({
      where,
      prepare: (cache) => {
        cache.sendMatchScripts(tasks.flatMap(({ provider }) => set[provider] ?? []));
        cache.sendMessage(input);
      },
      message: (id) => ({ type: "decide", id, tasks, verify, fresh, secretHeaders }),
      parts,
      accepts: (result) => result.type === "decided" && matchesTasks(result.report, tasks),
    });
  }

  /**
   * Excludes the step that killed the process. The first death gives only the approximate script, so all scripts run
   * again with marked steps; the second death names the exact step, which is left out from then on.
   */
  #excludeCulprit({ fault, step }: Lost, tasks: readonly MatchTask[], progress: Progress): void {
    const provider = Math.floor(step / STEPS.length);
    const task = tasks.find((one) => one.provider === provider);
    // An invalid report says nothing about the script that runs now.
    if (task === undefined || fault === undefined || fault === "CRASH") return;
    progress.marksSteps = true;
    if (task.markSteps !== true) return;
    const name = STEPS[step % STEPS.length] ?? "default";
    progress.broken.set(provider, { ...task.broken, [name]: killedFault(fault) });
    if (this.#riskyScripts.size >= MAX_RISKY_SCRIPTS) this.#riskyScripts.clear();
    this.#riskyScripts.add(task.key);
  }
}

/**
 * Checks that the report has one entry per task, in order, up to the first match, and details only with a match. Only
 * tasks with payload keys may be skipped.
 */
function matchesTasks(
  { entries, proofHeaders: _, ...details }: MatchReport,
  tasks: readonly MatchTask[],
): boolean {
  const isInOrder = entries.every(({ provider }, at) => provider === tasks[at]?.provider);
  const isEarlyNo = entries.slice(0, -1).every(({ matched }) => !matched);
  const isPassedOverRightly = entries.every(
    ({ passedOver, matched }, at) =>
      passedOver !== true || (!matched && tasks[at]?.payloadKeys !== undefined),
  );
  if (!isInOrder || !isEarlyNo || !isPassedOverRightly) return false;
  if (entries.at(-1)?.matched === true) return true;
  return (
    entries.length === tasks.length && Object.values(details).every((one) => one === undefined)
  );
}
