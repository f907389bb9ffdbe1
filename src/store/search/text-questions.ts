/**
 * Batches the text questions of connections that follow the log: one batch is on its way to the search worker at a
 * time.
 */
import type { MessageSearch } from "./message-search.ts";
import type { TextQuestion } from "./text-finder.ts";

interface PendingQuestion extends PromiseWithResolvers<ReadonlySet<string>> {
  readonly question: TextQuestion;
}

/** Each connection waits for its result before it asks again, so at most one question per connection waits. */
export class TextQuestions {
  readonly #search: Pick<MessageSearch, "find">;
  #waiting: PendingQuestion[] = [];
  #isAsking = false;

  constructor(search: Pick<MessageSearch, "find">) {
    this.#search = search;
  }

  /** The ids among `ids` whose messages contain `q`. Throws `storage_unavailable`. */
  holding(ids: readonly string[], q: string): Promise<ReadonlySet<string>> {
    const waiting = { ...Promise.withResolvers<ReadonlySet<string>>(), question: { ids, q } };
    this.#waiting.push(waiting);
    if (!this.#isAsking) void this.#askAll();
    return waiting.promise;
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const found = await this.#search.find(batch.map(({ question }) => question));
        for (const [at, { resolve }] of batch.entries()) resolve(new Set(found[at]));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
