/**
 * Finds which of a few messages contain a text, for connections that follow the log. A message is decoded once, on the
 * search worker, however many connections search it.
 */

import { type Beginning, beginningOf, unpackBeginning } from "../messages/packed-body.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { folded, MAX_READ_BYTES, searchedText } from "./searched-text.ts";

/** The question of one connection. */
export interface TextQuestion {
  readonly ids: readonly string[];
  readonly q: string;
}

/** Characters of cached texts, for connections that ask later. */
const MAX_CACHED = 4 * 1024 * 1024;

export class TextFinder {
  readonly #content;
  readonly #cache = new Map<string, string>();
  #cachedCharacters = 0;

  constructor(log: Sqlite) {
    this.#content = log.prepare<[string], Beginning & { readonly headers: string }>(
      `SELECT headers, ${beginningOf(MAX_READ_BYTES)}
       FROM content JOIN message ON message.id = message_id WHERE message_id = ?`,
    );
  }

  /** For each question the ids of the messages that contain its text. */
  answer(questions: readonly TextQuestion[]): readonly (readonly string[])[] {
    const found: string[][] = questions.map(() => []);
    const sought = questions.map(({ q }) => folded(q));
    // By message, not by question: the texts of all messages would not fit in memory.
    for (const id of new Set(questions.flatMap(({ ids }) => ids))) {
      const text = this.#textOf(id);
      for (const [at, { ids }] of questions.entries())
        if (ids.includes(id) && text.includes(sought[at] ?? "")) found[at]?.push(id);
    }
    return found;
  }

  /** Empty for a deleted message. Content never changes, so the cache needs no invalidation. */
  #textOf(id: string): string {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const row = this.#content.get(id);
    if (row === undefined) return "";
    const text = searchedText(row.headers, unpackBeginning(row));
    this.#cache.set(id, text);
    this.#cachedCharacters += text.length;
    for (const [oldest, { length }] of this.#cache) {
      if (this.#cachedCharacters <= MAX_CACHED) break;
      this.#cache.delete(oldest);
      this.#cachedCharacters -= length;
    }
    return text;
  }
}
