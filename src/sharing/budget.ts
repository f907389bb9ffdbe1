/** An amount, of bytes or of places, that functions share fairly: each function waits for room in a line of its own. */
import { FairShares, type Holder } from "./fair-shares.ts";
import { HeldShare } from "./held-share.ts";

/** One function, and one provider, may hold as much as is free: half of all while nobody else needs it. */
const WEIGHT = 1;

interface Waiting {
  readonly holder: Holder;
  readonly amount: number;
  readonly enter: () => void;
}

export class Budget {
  readonly #shares: FairShares;
  /** By function, the one whose turn is next at the start. */
  readonly #lines = new Map<string, Set<Waiting>>();

  constructor(capacity: number) {
    this.#shares = new FairShares(capacity, WEIGHT);
  }

  /**
   * Resolves once there is room, in order within a function. An amount above the capacity enters when it is alone.
   * Rejects with the reason of the signal when that comes first.
   */
  async take(holder: Holder, amount: number, signal?: AbortSignal): Promise<HeldShare> {
    signal?.throwIfAborted();
    if (this.#lines.has(holder.name) || !this.#fits(holder, amount))
      await this.#wait({ holder, amount }, signal);
    else this.#shares.add(holder, amount);
    return new HeldShare(amount, (given) => {
      this.#shares.add(holder, -given);
      this.#letIn();
    });
  }

  #fits(holder: Holder, amount: number): boolean {
    return this.#shares.isEmpty || this.#shares.fits(holder, amount);
  }

  #wait(wanted: Omit<Waiting, "enter">, signal: AbortSignal | undefined): Promise<void> {
    const { name } = wanted.holder;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!this.#leave(name, waiting)) return;
        reject(signal?.reason);
        // A smaller amount behind it may fit.
        this.#letIn();
      };
      const enter = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const waiting: Waiting = { ...wanted, enter };
      const line = this.#lines.get(name);
      if (line === undefined) this.#lines.set(name, new Set([waiting]));
      else line.add(waiting);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #leave(name: string, waiting: Waiting): boolean {
    const line = this.#lines.get(name);
    const wasThere = line?.delete(waiting) === true;
    if (line?.size === 0) this.#lines.delete(name);
    return wasThere;
  }

  /** Functions take turns: a function that was let in is asked again after all others. */
  #letIn(): void {
    for (const [name, line] of this.#lines) {
      const [first] = line;
      if (first === undefined || !this.#fits(first.holder, first.amount)) continue;
      line.delete(first);
      this.#lines.delete(name);
      // The loop comes to it once more, at the end.
      if (line.size > 0) this.#lines.set(name, line);
      this.#shares.add(first.holder, first.amount);
      first.enter();
    }
  }
}
