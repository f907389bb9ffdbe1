/**
 * Keeps the claims of this process: a run that takes long has its lease extended, all that are due in one write, and a
 * short one costs nothing. What nobody extends any more, such as a claim of a process that stalled, is handed back.
 */
import { setImmediate } from "node:timers/promises";
import type { Logger } from "../../logger.ts";
import { LEASE_MS } from "../../model/execution.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Store } from "../../store/store.ts";

/** Two of them may fail before a lease is over. */
const EXTEND_EVERY_MS = LEASE_MS / 3;

export interface LeaseDeps {
  readonly store: Pick<Store, "leases">;
  readonly log: Logger;
  readonly now: () => number;
}

export class Leases implements Disposable {
  readonly #deps: LeaseDeps;
  /** Something that ran elsewhere is due again. */
  readonly #onExpired: () => void;
  readonly #held = new Set<Claim>();
  /** Those that were held already the last time: the others were claimed a moment ago. */
  #old: ReadonlySet<Claim> = new Set();
  readonly #timer: NodeJS.Timeout;

  constructor(deps: LeaseDeps, onExpired: () => void) {
    this.#deps = deps;
    this.#onExpired = onExpired;
    this.#timer = setInterval(() => void this.extend(), EXTEND_EVERY_MS).unref();
  }

  hold(claim: Claim): void {
    this.#held.add(claim);
  }

  release(claim: Claim): void {
    this.#held.delete(claim);
  }

  /** Extends what has been held for a while, and then hands back what is over. */
  async extend(): Promise<void> {
    const { log, now } = this.#deps;
    const { leases } = this.#deps.store;
    const claims = [...this.#held].filter((claim) => this.#old.has(claim));
    this.#old = new Set(this.#held);
    try {
      if (claims.length === 0 && !leases.hasExpired(now())) return;
      // The fresh ones too when one is to be handed back: a clock that jumped ahead makes all of them look expired.
      const { lost, handedBack } = await leases.extend([...this.#held], now());
      await this.#tellOfLost(lost);
      if (handedBack === 0) return;
      log.warn({ handedBack }, "leases were over; what they were for runs again");
      this.#onExpired();
    } catch (err) {
      log.error({ err }, "leases could not be extended; it is tried again");
    }
  }

  /** What ended in the same write as the leases were extended is released by the next turn: nobody has taken it. */
  async #tellOfLost(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    await setImmediate();
    const lost = claims.filter((claim) => this.#held.has(claim)).length;
    if (lost === 0) return;
    this.#deps.log.warn({ lost }, "claims were lost to somebody else; their results are dropped");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
