/** How many test runs there are at once. Each has an isolate of its own, and may wait for as long as its function may. */
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";

const MAX_AT_ONCE = 24;
/** One token must not take the places of all others. */
const MAX_OF_TOKEN = 8;
const RETRY_AFTER_SECONDS = 2;

export class TestRunPlaces {
  readonly #taken = new Set<{ readonly owner: string }>();

  /** To be given back when the run has ended, not when its caller has gone. Throws `rate_limited`. */
  take({ id, name }: Caller): Disposable {
    const own = [...this.#taken].filter(({ owner }) => owner === id).length;
    if (own >= MAX_OF_TOKEN)
      throw tooMany(`${own} test runs of the token ${JSON.stringify(name)}`, MAX_OF_TOKEN);
    if (this.#taken.size >= MAX_AT_ONCE)
      throw tooMany(`${this.#taken.size} test runs`, MAX_AT_ONCE);
    const place = { owner: id };
    this.#taken.add(place);
    return { [Symbol.dispose]: () => void this.#taken.delete(place) };
  }
}

function tooMany(found: string, most: number): HookyardError {
  const detail = `${found} are under way, at most ${most} may be at once: wait for one to end`;
  return new HookyardError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
