/**
 * Extends the leases of this process's claims: those of long runs are extended together in one write, and a short run
 * costs nothing. Expired leases, such as those of a process that stalled, are handed back, so that the executions run
 * again.
 */
import { setImmediate } from "node:timers/promises";
import type { Logger } from "../../logger.ts";
import { LEASE_MS } from "../../model/execution.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Store } from "../../store/store.ts";

/** Two extensions may fail before a lease expires. */
const EXTEND_EVERY_MS = LEASE_MS / 3;

export interface LeaseDeps {
  readonly store: Pick<Store, "leases">;
  readonly log: Logger;
  readonly now: () => number;
}

export class Leases implements Disposable {
  readonly #deps: LeaseDeps;
  /** Called when executions whose leases expired are due again. */
  readonly #onExpired: () => void;
  readonly #held = new Set<Claim>();
  /** Claims already held at the last extension. The other leases were taken after it, so they need no extension yet. */
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

  /** Extends the leases held since the last call, then hands back expired ones. */
  async extend(): Promise<void> {
    const { log, now } = this.#deps;
    const { leases } = this.#deps.store;
    const claims = [...this.#held].filter((claim) => this.#old.has(claim));
    this.#old = new Set(this.#held);
    try {
      if (claims.length === 0 && !leases.hasExpired(now())) return;
      // If any lease has expired, extend the new ones too: after a clock jump all of them look expired.
      const { lost, handedBack } = await leases.extend([...this.#held], now());
      await this.#warnOfLost(lost);
      if (handedBack === 0) return;
      log.warn({ handedBack }, "leases expired; their executions run again");
      this.#onExpired();
    } catch (err) {
      log.error({ err }, "leases could not be extended; trying again");
    }
  }

  /** Runs recorded in the same write as the extension are released in the next turn; those claims are not lost. */
  async #warnOfLost(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    await setImmediate();
    const lost = claims.filter((claim) => this.#held.has(claim)).length;
    if (lost === 0) return;
    this.#deps.log.warn({ lost }, "claims were lost to another process; their results are dropped");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
