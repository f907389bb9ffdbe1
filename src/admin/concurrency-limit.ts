/** Limits how many calls of a kind run at once. */
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";

const RETRY_AFTER_SECONDS = 2;

interface ConcurrencyOptions {
  /** The plural noun for refusals: `test runs`. */
  readonly what: string;
  readonly max: number;
  /** Limit for one token, so that it cannot take all places. */
  readonly maxOfToken: number;
}

export class ConcurrencyLimit {
  readonly #options: ConcurrencyOptions;
  readonly #taken = new Set<{ readonly owner: string }>();

  constructor(options: ConcurrencyOptions) {
    this.#options = options;
  }

  /** Dispose the result when the call ends. Throws `rate_limited`. */
  take({ id, name }: Caller): Disposable {
    const { what, max, maxOfToken } = this.#options;
    const count = [...this.#taken].filter(({ owner }) => owner === id).length;
    if (count >= maxOfToken)
      throw tooMany(`${count} ${what} of the token ${JSON.stringify(name)}`, maxOfToken);
    if (this.#taken.size >= max) throw tooMany(`${this.#taken.size} ${what}`, max);
    const place = { owner: id };
    this.#taken.add(place);
    return { [Symbol.dispose]: () => void this.#taken.delete(place) };
  }
}

function tooMany(found: string, max: number): HookyardError {
  const detail = `${found} are under way, at most ${max} may be at once: wait for one to end`;
  return new HookyardError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
