/** Asks the match scripts about one message, again and again while processes die, until each has said yes or no. */
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
 * How many processes may die under one question before it is put off. Most deaths are another message's doing: a
 * stranger who can kill processes must not be able to make innocent messages look unmatched.
 */
const MAX_DEATHS = 20;
/** After so many deaths beside others the message is asked about by itself, although it was not seen to be at fault. */
const MAX_DEATHS_BESIDE_OTHERS = 5;
/** What a process that had to be ended counts as, in CPU time: about what it takes to find out, and to start another. */
const DEATH_MS = 1000;
/** Scripts that are remembered for having ended a process. */
const MAX_CAREFUL = 1000;

/** Which match scripts are asked, and what of them. */
export interface DecideOptions {
  /** False for an edited copy: no signature can vouch for it. */
  readonly verify: boolean;
  /** Indexes of the providers that are asked, in order. */
  readonly ask: readonly number[];
  /** For trials: in isolates that are made for this message and disposed of after it. */
  readonly fresh?: boolean | undefined;
  /** Names, in lower case, of headers of the message that are secret. */
  readonly secretHeaders?: readonly string[] | undefined;
  /** Whose message it is, to whom its cost is charged; empty for trials. */
  readonly sender?: string;
}

export interface Matched extends MatchReport {
  /** CPU time it took to ask the scripts, in milliseconds; what a process had to be ended for is counted too. */
  readonly cpuMs: number;
}

type Lane = "match" | "quarantine" | "trial";

/** What has come of the tasks about one message so far. */
interface Progress {
  readonly broken: Map<number, BrokenSteps>;
  deaths: number;
  /** What they count as. */
  deathMs: number;
  isApart: boolean;
  /** The entry mark is to name the script and step of the next death. */
  isCareful: boolean;
}

interface Asked {
  readonly set: ProviderSet;
  readonly tasks: readonly MatchTask[];
  readonly question: Question;
}

interface Question {
  readonly input: ChildMessage;
  readonly parts: readonly string[];
  readonly options: DecideOptions;
}

export class MatchAsker {
  readonly #pool: ChildPool;
  /** Keys of scripts that have ended a process: from then on each of their steps is noted before it runs. */
  readonly #careful = new Set<string>();
  readonly #quarantine = new Quarantine();

  constructor(pool: ChildPool) {
    this.#pool = pool;
  }

  /** Throws `sandbox_unusable` when process after process dies: that must never look like a "no" of every provider. */
  async decide(set: ProviderSet, question: Question): Promise<Matched> {
    const { input, options } = question;
    const progress: Progress = {
      broken: new Map(),
      deaths: 0,
      deathMs: 0,
      isApart: this.#quarantine.isFor(input, options.sender),
      isCareful: false,
    };
    while (progress.deaths < MAX_DEATHS) {
      const tasks = options.ask.map((provider) => this.#task(set, provider, progress));
      const answer = await this.#askWhere({ set, tasks, question }, progress);
      if (answer.type === "decided") {
        if (!progress.isApart) this.#quarantine.matched(options.sender, answer.cpuMs);
        return { ...framedMatch(answer.report, set), cpuMs: answer.cpuMs + progress.deathMs };
      }
      progress.deaths += 1;
      if (answer.type === "lost") this.#noteDeath(answer, { set, tasks, question }, progress);
    }
    const detail = `match scripts could not be asked: ${MAX_DEATHS} sandbox processes died one after the other`;
    throw new HookyardError("sandbox_unusable", detail);
  }

  /** A message that was being matched when the process died, or that sees too many die, is matched apart from then on. */
  #noteDeath(lost: Lost, { tasks, question }: Asked, progress: Progress): void {
    this.#blame(lost, tasks, progress);
    if (lost.running) {
      this.#quarantine.suspect(question.options.sender);
      progress.deathMs += DEATH_MS;
    }
    progress.isApart ||= lost.running || progress.deaths >= MAX_DEATHS_BESIDE_OTHERS;
  }

  #task(set: ProviderSet, provider: number, { broken, isCareful }: Progress): MatchTask {
    const key = set[provider]?.key;
    if (key === undefined) throw new RangeError(`there is no provider ${provider} to ask`);
    const steps = broken.get(provider);
    return {
      provider,
      key,
      ...(steps === undefined ? {} : { broken: steps }),
      ...(isCareful || this.#careful.has(key) ? { markSteps: true } : {}),
    };
  }

  async #askWhere(asked: Asked, { isApart }: Progress): Promise<ChildReport | Lost> {
    const { input, options } = asked.question;
    if (options.fresh === true) return await this.#ask("trial", asked);
    if (!isApart) return await this.#ask("match", asked);
    using _turn = await this.#quarantine.enter(input, options.sender);
    return await this.#ask("quarantine", asked);
  }

  #ask(where: Lane, { set, tasks, question }: Asked): Promise<ChildReport | Lost> {
    const { input, parts, options } = question;
    const { verify, fresh = false, secretHeaders = [] } = options;
    return this.#pool.request({
      where,
      prepare: (holds) => {
        holds.giveMatchScripts(tasks.flatMap(({ provider }) => set[provider] ?? []));
        holds.giveMessage(input);
      },
      message: (id) => ({ type: "decide", id, tasks, verify, fresh, secretHeaders }),
      parts,
      accepts: (answer) => answer.type === "decided" && isAnswerTo(answer.report, tasks),
    });
  }

  /**
   * At first the entry mark says only about where the process died, so all are asked again carefully; then script and step
   * are known, and the step is left out of the next task.
   */
  #blame({ fault, step }: Lost, tasks: readonly MatchTask[], progress: Progress): void {
    const provider = Math.floor(step / STEPS.length);
    const task = tasks.find((one) => one.provider === provider);
    // A report that could not be believed says nothing about the script that is running now.
    if (task === undefined || fault === undefined || fault === "CRASH") return;
    progress.isCareful = true;
    if (task.markSteps !== true) return;
    const name = STEPS[step % STEPS.length] ?? "default";
    progress.broken.set(provider, { ...task.broken, [name]: killedFault(fault) });
    if (this.#careful.size >= MAX_CAREFUL) this.#careful.clear();
    this.#careful.add(task.key);
  }
}

/** One entry for each task, in their order; the last one may have matched, and then those behind it have none. */
function isAnswerTo(
  { entries, proofHeaders: _, ...details }: MatchReport,
  tasks: readonly MatchTask[],
): boolean {
  const isInOrder = entries.every(({ provider }, at) => provider === tasks[at]?.provider);
  const isEarlyNo = entries.slice(0, -1).every(({ matched }) => !matched);
  if (!isInOrder || !isEarlyNo) return false;
  if (entries.at(-1)?.matched === true) return true;
  return (
    entries.length === tasks.length && Object.values(details).every((one) => one === undefined)
  );
}
