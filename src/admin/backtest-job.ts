/** One backtest under way: a message after the other, so that what comes in meanwhile hardly waits for it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Message } from "../model/message.ts";
import { newMessageId } from "../model/message-id.ts";
import type { BacktestState, ComparedItem } from "./backtest-schemas.ts";

/** What scripts as installed and the drafts make of a message. */
export type Compare = (
  message: Message,
) => Promise<Pick<ComparedItem, "before" | "after" | "claimedBy" | "differences">>;

export class BacktestJob {
  readonly #state: { -readonly [K in keyof BacktestState]: BacktestState[K] };
  readonly #items: ComparedItem[] = [];
  readonly #now: () => number;

  constructor(total: number, now: () => number) {
    this.#now = now;
    this.#state = {
      id: newMessageId(now()),
      state: "RUNNING",
      startedAt: new Date(now()).toISOString(),
      endedAt: null,
      problem: null,
      total,
      done: 0,
      summary: { changed: 0, otherProvider: 0, otherOutcome: 0, byNobody: 0, bySeveral: 0 },
    };
  }

  get state(): BacktestState {
    return this.#state;
  }

  /** What would change, newest first, as far as it is known. */
  get items(): readonly ComparedItem[] {
    return this.#items;
  }

  cancel(): void {
    if (this.#state.state === "RUNNING") this.#end("CANCELLED");
  }

  /** `read` is undefined for a message that is gone meanwhile. Never throws: what went wrong is in the state. */
  async run(
    ids: readonly string[],
    read: (id: string) => Message | undefined,
    compare: Compare,
  ): Promise<void> {
    try {
      for (const id of ids) {
        if (this.#state.state !== "RUNNING") return;
        const message = read(id);
        if (message !== undefined) this.#note(message, await compare(message));
        this.#state.done += 1;
        await nextTurn();
      }
      this.#end("DONE");
    } catch (error) {
      this.#state.problem = error instanceof Error ? error.message : "it failed";
      this.#end("FAILED");
    }
  }

  #end(state: BacktestState["state"]): void {
    this.#state.state = state;
    this.#state.endedAt = new Date(this.#now()).toISOString();
  }

  #note({ id, receivedAt, uri }: Message, compared: Awaited<ReturnType<Compare>>): void {
    const { summary } = this.#state;
    const { differences, claimedBy } = compared;
    if (claimedBy.length === 0) summary.byNobody += 1;
    if (claimedBy.length > 1) summary.bySeveral += 1;
    if (differences.includes("provider")) summary.otherProvider += 1;
    if (differences.some((name) => name.startsWith("outcome of"))) summary.otherOutcome += 1;
    if (differences.length === 0) return;
    summary.changed += 1;
    const at = new Date(receivedAt).toISOString();
    this.#items.push({ messageId: id, receivedAt: at, uri, ...compared });
  }
}
