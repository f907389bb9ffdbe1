/** Slows down guesses at tokens: past a rate, an address is told to wait. */
import { HookyardError } from "../errors.ts";
import { senderKey } from "../model/remote-address.ts";
import { RateLimit } from "../overload/rate-limit.ts";

/** For each address; they may come at once. */
const A_MINUTE = 10;

/**
 * Counts wrong tokens only, after they were found wrong: a right token is never refused for the wrong ones that came
 * from the same address, such as that of a proxy. So it does not bound the number of guesses; the length of the tokens
 * makes guessing useless. A `429` says no more than the `401` before it: the token was wrong.
 */
export class WrongTokens {
  readonly #rate: RateLimit;

  /** `now` in milliseconds, of a clock that only runs forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#rate = new RateLimit(A_MINUTE, now);
  }

  /** Counts a wrong token. Returns `rate_limited` when this address has to wait, otherwise undefined. */
  add(address: string): HookyardError | undefined {
    const waitMs = this.#rate.take(senderKey(address));
    if (waitMs === 0) return undefined;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    const detail = `too many wrong tokens came from this address; try again in ${retryAfterSeconds} s, or at once with the right one`;
    return new HookyardError("rate_limited", detail, { retryAfterSeconds });
  }
}
