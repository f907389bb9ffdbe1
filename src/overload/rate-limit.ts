/** So many events a minute for each sender; the whole minute's worth may come at once. */

const MINUTE_MS = 60_000;
/** An allowance that is used up comes back as a whole within a minute, and one that is overdrawn within another. */
const MAX_DEBT_MS = 2 * MINUTE_MS;
/** Many intervals added up are not exactly a minute. */
const ROUNDING_MS = 0.001;
/** Senders remembered at once. A stranger with more addresses than that evades this limit, but not those on what is stored. */
const MAX_KEYS = 10_000;

export class RateLimit {
  readonly #intervalMs: number;
  readonly #now: () => number;
  /** By key, when its allowance will be whole again; the least recently charged first. */
  readonly #wholeAt = new Map<string, number>();

  /** `perMinute` is at least 1; `now` is in milliseconds and never goes back. */
  constructor(perMinute: number, now: () => number) {
    this.#intervalMs = MINUTE_MS / perMinute;
    this.#now = now;
  }

  /** Milliseconds until `key` may again; 0 when it may now. Charges nothing. */
  waitMs(key: string): number {
    const wholeAt = this.#wholeAt.get(key);
    if (wholeAt === undefined) return 0;
    return Math.max(0, wholeAt + this.#intervalMs - MINUTE_MS - ROUNDING_MS - this.#now());
  }

  /**
   * Charges one event when there is allowance for it, and says so by 0; else milliseconds until there is. An event that counts
   * as several (`cost`) needs allowance for one, and uses up what comes back within a minute at most.
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
