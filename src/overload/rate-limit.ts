/** Limits the events per minute of each sender. A burst may use the whole minute's allowance at once. */

const MINUTE_MS = 60_000;
/** A used allowance is restored within a minute, and an overdrawn one within two. */
const MAX_DEBT_MS = 2 * MINUTE_MS;
/** The sum of many intervals is not exactly a minute. */
const ROUNDING_MS = 0.001;
/**
 * Maximum number of remembered senders. A stranger with more addresses evades this limit, but not the limits on stored
 * bytes.
 */
const MAX_KEYS = 10_000;

export class RateLimit {
  readonly #intervalMs: number;
  readonly #now: () => number;
  /** By key, the time at which its allowance is whole again; the least recently charged first. */
  readonly #wholeAt = new Map<string, number>();

  /** `perMinute` is at least 1; `now` is in milliseconds and never goes back. */
  constructor(perMinute: number, now: () => number) {
    this.#intervalMs = MINUTE_MS / perMinute;
    this.#now = now;
  }

  /** Milliseconds until `key` may send again; 0 if it may now. Charges nothing. */
  waitMs(key: string): number {
    const wholeAt = this.#wholeAt.get(key);
    if (wholeAt === undefined) return 0;
    return Math.max(0, wholeAt + this.#intervalMs - MINUTE_MS - ROUNDING_MS - this.#now());
  }

  /**
   * Charges one event and returns 0, or returns the milliseconds until there is allowance. An event that counts as
   * several (`cost`) needs allowance for one; the debt it leaves is limited by `MAX_DEBT_MS`.
   */
  take(key: string, cost = 1): number {
    const waitMs = this.waitMs(key);
    if (waitMs > 0) return waitMs;
    const now = this.#now();
    const paid = Math.max(this.#wholeAt.get(key) ?? 0, now) + this.#intervalMs * cost;
    const wholeAt = Math.min(paid, now + MAX_DEBT_MS);
    this.#wholeAt.delete(key);
    this.#wholeAt.set(key, wholeAt);
    if (this.#wholeAt.size > MAX_KEYS) {
      const [oldest = key] = this.#wholeAt.keys();
      this.#wholeAt.delete(oldest);
    }
    return 0;
  }
}
