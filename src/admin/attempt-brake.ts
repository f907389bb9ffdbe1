/** Slows down whoever tries tokens: each address has a few wrong ones, and gets more as time passes. */
import { HookyardError } from "../errors.ts";
import { senderKey } from "../model/remote-address.ts";

/** Wrong tokens an address may send at once. */
const ATTEMPTS = 10;
/** After which it may send another. */
const REFILL_MS = 6000;
/** Who comes from more addresses than these is not slowed down by addresses; memory must not be the price. */
const MAX_ADDRESSES = 10_000;

interface Account {
  /** Wrong tokens that still count, as of `at`. */
  readonly wrong: number;
  readonly at: number;
}

/** Of each address by itself: nobody can be locked out from elsewhere. */
export class AttemptBrake {
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();

  /** `now` in milliseconds, of a clock that only runs forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many are remembered. */
  get addresses(): number {
    return this.#accounts.size;
  }

  /** Milliseconds until this address may try again; 0 when it may now. */
  waitMs(address: string): number {
    const wrong = this.#wrong(senderKey(address));
    return wrong <= ATTEMPTS - 1 ? 0 : Math.ceil((wrong - ATTEMPTS + 1) * REFILL_MS);
  }

  /** Throws `rate_limited` when this address has to wait. */
  assertFree(address: string): void {
    const waitMs = this.waitMs(address);
    if (waitMs === 0) return;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    const detail = `too many wrong tokens came from this address; try again in ${retryAfterSeconds} s, with the right one`;
    throw new HookyardError("rate_limited", detail, { retryAfterSeconds });
  }

  /** To be told of each wrong token. */
  wrong(address: string): void {
    const key = senderKey(address);
    const account = { wrong: this.#wrong(key) + 1, at: this.#now() };
    this.#accounts.delete(key);
    this.#accounts.set(key, account);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > MAX_ADDRESSES && oldest !== undefined) this.#accounts.delete(oldest);
  }

  #wrong(key: string): number {
    const account = this.#accounts.get(key);
    if (account === undefined) return 0;
    return Math.max(0, account.wrong - (this.#now() - account.at) / REFILL_MS);
  }
}
