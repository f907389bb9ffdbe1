/** Gathers what connections that follow the log ask of the search thread: one question goes there at a time. */
import type { MessageSearch } from "./message-search.ts";
import type { TextQuestion } from "./text-finder.ts";

interface Waiting extends PromiseWithResolvers<ReadonlySet<string>> {
  readonly question: TextQuestion;
}

/** Each connection waits for its answer before it asks again, so that no more wait than there are connections. */
export class TextQuestions {
  readonly #search: Pick<MessageSearch, "find">;
  #waiting: Waiting[] = [];
  #isAsking = false;

  constructor(search: Pick<MessageSearch, "find">) {
    this.#search = search;
  }

  /** Those of `ids` whose messages hold `q`. Throws `storage_unavailable`. */
  holding(ids: readonly string[], q: string): Promise<ReadonlySet<string>> {
    const waiting = { ...Promise.withResolvers<ReadonlySet<string>>(), question: { ids, q } };
    this.#waiting.push(waiting);
    if (!this.#isAsking) void this.#askAll();
    return waiting.promise;
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const asked = this.#waiting;
      this.#waiting = [];
      try {
        const found = await this.#search.find(asked.map(({ question }) => question));
        for (const [at, { resolve }] of asked.entries()) resolve(new Set(found[at]));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
