/** One running backtest: it compares one message after the other, so that live messages hardly wait for it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Compared, OpenComparer } from "../model/backtest.ts";
import type { Message } from "../model/message.ts";
import { newMessageId } from "../model/message-id.ts";
import { MatchCounts, matchKind } from "../model/provider-matches.ts";
import type { BacktestState, ComparedItem } from "./backtest-schemas.ts";

/** Time limit of a backtest: with a draft that times out on every message it would take days. */
const MAX_RUN_MS = 30 * 60_000;
/** Characters of listed items: further messages are only counted. */
const MAX_LISTED = 8 * 1024 * 1024;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type Counts = Writable<Omit<BacktestState["summary"], "byNobody" | "bySeveral">>;

export class BacktestJob {
  readonly #state: Writable<Omit<BacktestState, "summary">>;
  readonly #counts: Counts;
  readonly #matchCounts: MatchCounts;
  readonly #items: ComparedItem[] = [];
  readonly #comparer: OpenComparer;
  readonly #now: () => number;
  readonly #startedAt: number;
  #room = MAX_LISTED;

  /** `providers`: names in match order. */
  constructor(
    plan: {
      readonly total: number;
      readonly providers: readonly string[];
      readonly comparer: OpenComparer;
    },
    now: () => number,
  ) {
    this.#now = now;
    this.#startedAt = now();
    this.#comparer = plan.comparer;
    this.#matchCounts = new MatchCounts(plan.providers);
    this.#counts = { changed: 0, otherProvider: 0, otherOutcome: 0, failing: 0, unsteady: 0 };
    this.#state = {
      id: newMessageId(this.#startedAt),
      state: "RUNNING",
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: null,
      problem: null,
      total: plan.total,
      done: 0,
      gone: 0,
      unlisted: 0,
      providers: [],
    };
  }

  get state(): BacktestState {
    const { byNobody, bySeveral } = this.#matchCounts.totals;
    const summary = { ...this.#counts, byNobody, bySeveral };
    const providers = this.#matchCounts.providers.map((one) => ({ ...one }));
    return { ...this.#state, summary, providers };
  }

  /** Messages that would change, fail, or are not matched by exactly one provider; newest first. */
  get items(): readonly ComparedItem[] {
    return this.#items;
  }

  async cancel(problem: string | null = null): Promise<void> {
    if (!this.#isRunning) return;
    this.#end("CANCELLED", problem);
    await this.#comparer[Symbol.asyncDispose]();
  }

  /**
   * `read` returns undefined for a message that was deleted meanwhile. Never throws: an error is recorded in the state.
   */
  async run(ids: readonly string[], read: (id: string) => Message | undefined): Promise<void> {
    await using _ = this.#comparer;
    try {
      await this.#compareAll(ids, read);
      if (this.#isRunning) this.#end("DONE");
    } catch (error) {
      const problem = error instanceof Error ? error.message : "the backtest failed";
      if (this.#isRunning) this.#end("FAILED", problem);
    }
  }

  /** Stops when the job is cancelled or out of time. */
  async #compareAll(
    ids: readonly string[],
    read: (id: string) => Message | undefined,
  ): Promise<void> {
    for (const id of ids) {
      if (this.#now() - this.#startedAt > MAX_RUN_MS) throw new Error(this.#tooLong());
      const message = read(id);
      const compared = message === undefined ? undefined : await this.#comparer.compare(message);
      if (!this.#isRunning) return;
      if (message === undefined || compared === undefined) this.#state.gone += 1;
      else this.#note(message, compared);
      this.#state.done += 1;
      await nextTurn();
    }
  }

  get #isRunning(): boolean {
    return this.#state.state === "RUNNING";
  }

  #tooLong(): string {
    const { done, total } = this.#state;
    return `stopped after ${done} of ${total} messages, at the limit of ${MAX_RUN_MS / 60_000} minutes; their results stay: test fewer messages with last, or others with filter`;
  }

  #end(state: BacktestState["state"], problem: string | null = null): void {
    this.#state.problem = problem;
    this.#state.state = state;
    this.#state.endedAt = new Date(this.#now()).toISOString();
  }

  #note({ id, receivedAt, uri }: Message, { matches, ...compared }: Compared): void {
    const { differences, after, unsteady } = compared;
    const isFailing = after.functions.some(({ outcome }) => outcome === "FAILED");
    this.#matchCounts.add(matches);
    this.#count("changed", differences.length > 0);
    this.#count("otherProvider", differences.includes("provider"));
    this.#count(
      "otherOutcome",
      differences.some((name) => /^(?:outcome|calls) of /.test(name)),
    );
    this.#count("failing", isFailing);
    this.#count("unsteady", unsteady.length > 0);
    const isMatchedOnce = matchKind(matches) === "byOne" && matches.faults.length === 0;
    if (differences.length === 0 && isMatchedOnce && !isFailing) return;
    const at = new Date(receivedAt).toISOString();
    const { providers: claimedBy, faults } = matches;
    this.#list({ messageId: id, receivedAt: at, uri, ...compared, claimedBy, faults });
  }

  #count(what: keyof Counts, is: boolean): void {
    if (is) this.#counts[what] += 1;
  }

  #list(item: ComparedItem): void {
    const length = JSON.stringify(item).length;
    if (length > this.#room) this.#state.unlisted += 1;
    else {
      this.#room -= length;
      this.#items.push(item);
    }
  }
}
