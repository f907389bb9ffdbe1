/** Slows down guessing of tokens: limits the rate of wrong tokens per address. */
import { HookyardError } from "../errors.ts";
import { senderKey } from "../model/remote-address.ts";
import { RateLimit } from "../overload/rate-limit.ts";

/** Wrong tokens per address and minute; all may come at once. */
const PER_MINUTE = 10;

/**
 * Counts a token only after it was found wrong: a valid token is never refused because of wrong ones from the same
 * address, such as that of a proxy. So it does not bound the number of guesses; the length of tokens makes guessing
 * useless. A `429` reveals no more than the `401` before it: the token was wrong.
 */
export class WrongTokens {
  readonly #rate: RateLimit;

  /** `now` returns milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#rate = new RateLimit(PER_MINUTE, now);
  }

  /** Counts a wrong token. Returns `rate_limited` if this address has to wait, otherwise undefined. */
  add(address: string): HookyardError | undefined {
    const waitMs = this.#rate.take(senderKey(address));
    if (waitMs === 0) return undefined;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    const detail = `too many wrong tokens came from this address; try again in ${retryAfterSeconds} s, or at once with the right one`;
    return new HookyardError("rate_limited", detail, { retryAfterSeconds });
  }
}
