/**
 * The memory and places that host calls of all runs hold in the main process, in fair shares by function and provider.
 * A call takes memory for its request, then a place, then memory for a large answer, always in this order. So a waiting
 * call never holds what another call at an earlier step waits for, and they cannot deadlock.
 */
import type { CallMemory } from "../../egress/request.ts";
import { Budget } from "../../sharing/budget.ts";
import type { Holder } from "../../sharing/fair-shares.ts";
import type { HeldShare } from "../../sharing/held-share.ts";
import { DIRECT_UNITS } from "../wire/host-call-turns.ts";

const MEGABYTE = 1024 * 1024;
/** For calls as JSON, until they are answered. */
const MAX_REQUEST_BYTES = 128 * MEGABYTE;
/** For received and decoded answers, beyond the part that a place covers, until they are written to the child. */
const MAX_ANSWER_BYTES = 128 * MEGABYTE;
/**
 * Calls that main carries out at once. One function gets at most half, which is more than its executions that run at
 * once. A place covers a small answer, its headers and the unread bytes of its connection: 200 KiB at most.
 */
const MAX_CALLS = 2200;
/** The text of a call, and the buffer made from its body. */
const COPIES_OF_CALL = 2;

export class CallBudgets {
  readonly requests = new Budget(MAX_REQUEST_BYTES);
  readonly answers = new Budget(MAX_ANSWER_BYTES);
  /** Separate from the others, so that a stalled server takes no places from calls of `ctx.kv`. */
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

/** The memory and the place of one host call. */
export class CallRoom implements CallMemory, Disposable {
  readonly #budgets: CallBudgets;
  readonly #holder: Holder;
  readonly #since: number;
  readonly #shares: HeldShare[] = [];
  #answer: HeldShare | undefined;
  waitedMs = 0;

  /** `waitedMs`: how long the call was queued in the child. */
  constructor(budgets: CallBudgets, holder: Holder, waitedMs: number) {
    this.#budgets = budgets;
    this.#holder = holder;
    this.#since = performance.now() - waitedMs;
  }

  /** Resolves when the call has its place. Rejects with the reason of the signal. */
  async enter({ operation, units }: CallSize, signal: AbortSignal): Promise<void> {
    const { requests } = this.#budgets;
    if (units > DIRECT_UNITS)
      this.#shares.push(await requests.take(this.#holder, units * COPIES_OF_CALL, signal));
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
