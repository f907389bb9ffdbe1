/**
 * What the host calls of all runs may hold in this process, in fair shares by function and provider. A call takes room
 * for what it sends, then its place, then room for a large answer, and never goes back in this order: so a call that
 * waits holds nothing that the calls before it wait for.
 */
import type { CallMemory } from "../../egress/request.ts";
import { Budget } from "../../sharing/budget.ts";
import type { Holder } from "../../sharing/fair-shares.ts";
import type { HeldShare } from "../../sharing/held-share.ts";
import { DIRECT_UNITS } from "../wire/host-call-turns.ts";

const MEGABYTE = 1024 * 1024;
/** Of calls as JSON, as long as they have no answer. */
const MAX_SENT_BYTES = 128 * MEGABYTE;
/** Of answers above what a place covers, received and decoded, until they are written to the child. */
const MAX_ANSWER_BYTES = 128 * MEGABYTE;
/**
 * Calls in the hands of main. One function gets half of them: more than the executions of it that run at once. A place
 * covers a small answer, its headers, and what the connection holds that nobody has read yet: 200 KiB at most.
 */
const MAX_CALLS = 2200;
/** The text of a call, and the buffer made from its body. */
const COPIES_OF_CALL = 2;

export class CallBudgets {
  readonly sent = new Budget(MAX_SENT_BYTES);
  readonly answers = new Budget(MAX_ANSWER_BYTES);
  /** A server that stalls holds no place that a call of `ctx.kv` needs. */
  readonly #fetches = new Budget(MAX_CALLS);
  readonly #others = new Budget(MAX_CALLS);

  placesFor(operation: string): Budget {
    return operation === "fetch" ? this.#fetches : this.#others;
  }
}

export interface CallSize {
  readonly operation: string;
  /** Length of the call as JSON. */
  readonly units: number;
}

/** What one host call holds. */
export class CallRoom implements CallMemory, Disposable {
  readonly #budgets: CallBudgets;
  readonly #holder: Holder;
  readonly #since: number;
  readonly #shares: HeldShare[] = [];
  #answer: HeldShare | undefined;
  waitedMs = 0;

  /** `waitedMs`: how long the call waited for its turn in the child. */
  constructor(budgets: CallBudgets, holder: Holder, waitedMs: number) {
    this.#budgets = budgets;
    this.#holder = holder;
    this.#since = performance.now() - waitedMs;
  }

  /** Resolves when it is the call's turn. Rejects with the reason of the signal. */
  async enter({ operation, units }: CallSize, signal: AbortSignal): Promise<void> {
    const { sent } = this.#budgets;
    if (units > DIRECT_UNITS)
      this.#shares.push(await sent.take(this.#holder, units * COPIES_OF_CALL, signal));
    this.#shares.push(await this.#budgets.placesFor(operation).take(this.#holder, 1, signal));
    this.waitedMs = performance.now() - this.#since;
  }

  async hold(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#answer !== undefined) throw new TypeError("the room for an answer is taken once");
    this.#answer = await this.#budgets.answers.take(this.#holder, bytes, signal);
  }

  shrinkTo(bytes: number): void {
    this.#answer?.shrinkTo(bytes);
  }

  [Symbol.dispose](): void {
    this.#answer?.[Symbol.dispose]();
    for (const share of this.#shares) share[Symbol.dispose]();
  }
}
