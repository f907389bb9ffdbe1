/** Asks the match scripts about one message, again and again while processes die, until each has said yes or no. */
import { HookyardError } from "../errors.ts";
import type { ChildPool } from "./child-pool.ts";
import { framedMatch } from "./framed-reports.ts";
import { STEPS } from "./guest/match-steps.ts";
import { killedFault } from "./killed-fault.ts";
import type { ProviderSet } from "./loadable.ts";
import type { Lost } from "./pending-request.ts";
import type { Answer, Asking, BrokenSteps, ChildMessage, MatchReport } from "./protocol.ts";

/**
 * How many processes may die under one question before it is put off. Most deaths are another message's doing: a
 * stranger who can kill processes must not be able to make innocent messages look unmatched.
 */
const MAX_DEATHS = 20;
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

  constructor(pool: ChildPool) {
    this.#pool = pool;
  }

  /** Throws `sandbox_unusable` when process after process dies: that must never look like a "no" of every provider. */
  async decide(set: ProviderSet, question: Question): Promise<MatchReport> {
    const { ask } = question.options;
    if (ask.length === 0) return { entries: [] };
    const broken = new Map<number, BrokenSteps>();
    for (let death = 0; death < MAX_DEATHS; death++) {
      const askings = ask.map((provider) => this.#asking(set, provider, broken));
      const answer = await this.#ask(set, askings, question);
      if (answer.type === "decided") return framedMatch(answer.report, set);
      if (answer.type === "lost") this.#blame(answer, askings, broken);
    }
    const detail = `match scripts could not be asked: ${MAX_DEATHS} sandbox processes died one after the other`;
    throw new HookyardError("sandbox_unusable", detail);
  }

  #asking(set: ProviderSet, provider: number, broken: ReadonlyMap<number, BrokenSteps>): Asking {
    const key = set[provider]?.key;
    if (key === undefined) throw new RangeError(`there is no provider ${provider} to ask`);
    const steps = broken.get(provider);
    return {
      provider,
      key,
      ...(steps === undefined ? {} : { broken: steps }),
      ...(this.#careful.has(key) ? { careful: true } : {}),
    };
  }

  #ask(
    set: ProviderSet,
    askings: readonly Asking[],
    { input, parts, options }: Question,
  ): Promise<Answer | Lost> {
    const { verify, fresh = false } = options;
    return this.#pool.request({
      where: "match",
      prepare: (holds) => {
        holds.giveMatchScripts(askings.flatMap(({ provider }) => set[provider] ?? []));
        holds.giveMessage(input);
      },
      message: (id) => ({ type: "decide", id, askings, verify, fresh }),
      parts,
      accepts: (answer) => answer.type === "decided" && isAnswerTo(answer.report, askings),
    });
  }

  /**
   * The entry mark names the script in which the process died. At first not its step, so it is asked again carefully;
   * then the step is known, and is left out of the next asking.
   */
  #blame(
    { fault, step }: Lost,
    askings: readonly Asking[],
    broken: Map<number, BrokenSteps>,
  ): void {
    const provider = Math.floor(step / STEPS.length);
    const asking = askings.find((one) => one.provider === provider);
    // A report that could not be believed says nothing about the script that is running now.
    if (asking === undefined || fault === undefined || fault === "CRASH") return;
    const name = STEPS[step % STEPS.length] ?? "default";
    if (asking.careful === true)
      broken.set(provider, { ...asking.broken, [name]: killedFault(fault) });
    if (this.#careful.size >= MAX_CAREFUL) this.#careful.clear();
    this.#careful.add(asking.key);
  }
}

/** One entry for each asking, in their order; the last one may have matched, and then those behind it have none. */
function isAnswerTo({ entries, ...details }: MatchReport, askings: readonly Asking[]): boolean {
  const isInOrder = entries.every(({ provider }, at) => provider === askings[at]?.provider);
  const isEarlyNo = entries.slice(0, -1).every(({ matched }) => !matched);
  if (!isInOrder || !isEarlyNo) return false;
  if (entries.at(-1)?.matched === true) return true;
  return (
    entries.length === askings.length && Object.values(details).every((one) => one === undefined)
  );
}
