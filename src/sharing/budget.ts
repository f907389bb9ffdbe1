/** An amount of bytes or places that functions share fairly. Each function has its own queue. */
import { FairShares, type Holder } from "./fair-shares.ts";
import { HeldShare } from "./held-share.ts";

/** A function or a provider may hold as much as stays free, so one alone gets half of the capacity. */
const WEIGHT = 1;

interface Waiting {
  readonly holder: Holder;
  readonly amount: number;
  readonly enter: () => void;
}

export class Budget {
  readonly #shares: FairShares;
  /** By function, in the order of their turns. */
  readonly #queues = new Map<string, Set<Waiting>>();

  constructor(capacity: number) {
    this.#shares = new FairShares(capacity, WEIGHT);
  }

  /**
   * Resolves once there is room, in order within a function. An amount above the capacity enters when nothing else is
   * held. If the signal aborts first, rejects with its reason.
   */
  async take(holder: Holder, amount: number, signal?: AbortSignal): Promise<HeldShare> {
    signal?.throwIfAborted();
    if (this.#queues.has(holder.name) || !this.#fits(holder, amount))
      await this.#wait({ holder, amount }, signal);
    else this.#shares.add(holder, amount);
    return new HeldShare(amount, (released) => {
      this.#shares.add(holder, -released);
      this.#letIn();
    });
  }

  #fits(holder: Holder, amount: number): boolean {
    return this.#shares.isEmpty || this.#shares.fits(holder, amount);
  }

  #wait(request: Omit<Waiting, "enter">, signal: AbortSignal | undefined): Promise<void> {
    const { name } = request.holder;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!this.#leave(name, waiting)) return;
        reject(signal?.reason);
        // The next amount of the queue may be smaller and fit.
        this.#letIn();
      };
      const enter = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const waiting: Waiting = { ...request, enter };
      const queue = this.#queues.get(name);
      if (queue === undefined) this.#queues.set(name, new Set([waiting]));
      else queue.add(waiting);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #leave(name: string, waiting: Waiting): boolean {
    const queue = this.#queues.get(name);
    const wasQueued = queue?.delete(waiting) === true;
    if (queue?.size === 0) this.#queues.delete(name);
    return wasQueued;
  }

  /** Functions take turns: after one entry, a function goes behind all others. */
  #letIn(): void {
    for (const [name, queue] of this.#queues) {
      const [first] = queue;
      if (first === undefined || !this.#fits(first.holder, first.amount)) continue;
      queue.delete(first);
      this.#queues.delete(name);
      // Re-inserted at the end of the map, so this loop visits it again.
      if (queue.size > 0) this.#queues.set(name, queue);
      this.#shares.add(first.holder, first.amount);
      first.enter();
    }
  }
}
