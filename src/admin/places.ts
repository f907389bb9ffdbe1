/** How many calls of a kind there are at once. */
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";

const RETRY_AFTER_SECONDS = 2;

interface PlacesOptions {
  /** In the words of a refusal: `test runs`. */
  readonly what: string;
  readonly most: number;
  /** One token must not take the places of all others. */
  readonly ofToken: number;
}

export class Places {
  readonly #options: PlacesOptions;
  readonly #taken = new Set<{ readonly owner: string }>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** To be given back when what it is for has ended. Throws `rate_limited`. */
  take({ id, name }: Caller): Disposable {
    const { what, most, ofToken } = this.#options;
    const own = [...this.#taken].filter(({ owner }) => owner === id).length;
    if (own >= ofToken)
      throw tooMany(`${own} ${what} of the token ${JSON.stringify(name)}`, ofToken);
    if (this.#taken.size >= most) throw tooMany(`${this.#taken.size} ${what}`, most);
    const place = { owner: id };
    this.#taken.add(place);
    return { [Symbol.dispose]: () => void this.#taken.delete(place) };
  }
}

function tooMany(found: string, most: number): HookyardError {
  const detail = `${found} are under way, at most ${most} may be at once: wait for one to end`;
  return new HookyardError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
