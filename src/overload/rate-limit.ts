/** So many events a minute for each sender; the whole minute's worth may come at once. */
import ipaddr from "ipaddr.js";

const MINUTE_MS = 60_000;
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

  /** Charges one event when there is allowance for it, and says so by 0; else milliseconds until there is. */
  take(key: string): number {
    const waitMs = this.waitMs(key);
    if (waitMs > 0) return waitMs;
    const wholeAt = Math.max(this.#wholeAt.get(key) ?? 0, this.#now()) + this.#intervalMs;
    this.#wholeAt.delete(key);
    this.#wholeAt.set(key, wholeAt);
    if (this.#wholeAt.size > MAX_KEYS) {
      const [oldest = key] = this.#wholeAt.keys();
      this.#wholeAt.delete(oldest);
    }
    return 0;
  }
}

const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d+$/;
const LONGEST_KEY = 64;

/** What counts as one sender: an IPv4 address, or the 64 bits of IPv6 within which anybody can have any address. */
export function senderKey(address: string): string {
  if (!address.includes(":")) return address.slice(0, LONGEST_KEY);
  const plain = address.replace(WITH_PORT, "$1");
  if (!ipaddr.IPv6.isValid(plain)) return plain.slice(0, LONGEST_KEY);
  return ipaddr.IPv6.parse(plain).parts.slice(0, 4).join(":");
}
