/**
 * Which of a few messages hold a text: for connections that follow the log. A message is unpacked once, on the search
 * thread, however many connections look for something in it.
 */

import { type Beginning, beginningOf, unpackBeginning } from "../messages/packed-body.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { folded, MAX_READ_BYTES, searchedText } from "./searched-text.ts";

/** Asked by one connection. */
export interface TextQuestion {
  readonly ids: readonly string[];
  readonly q: string;
}

/** Characters of texts that are kept for connections that get there later. */
const MAX_KEPT = 4 * 1024 * 1024;

export class TextFinder {
  readonly #content;
  readonly #texts = new Map<string, string>();
  #kept = 0;

  constructor(log: Sqlite) {
    this.#content = log.prepare<[string], Beginning & { readonly headers: string }>(
      `SELECT headers, ${beginningOf(MAX_READ_BYTES)}
       FROM content JOIN message ON message.id = message_id WHERE message_id = ?`,
    );
  }

  /** For each question the ids of those that hold its text. */
  answer(questions: readonly TextQuestion[]): readonly (readonly string[])[] {
    const found: string[][] = questions.map(() => []);
    const sought = questions.map(({ q }) => folded(q));
    // By message, not by question: the texts of all of them would not fit.
    for (const id of new Set(questions.flatMap(({ ids }) => ids))) {
      const text = this.#textOf(id);
      for (const [at, { ids }] of questions.entries())
        if (ids.includes(id) && text.includes(sought[at] ?? "")) found[at]?.push(id);
    }
    return found;
  }

  /** Empty for a message that is gone. What a message holds never changes. */
  #textOf(id: string): string {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const row = this.#content.get(id);
    if (row === undefined) return "";
    const text = searchedText(row.headers, unpackBeginning(row));
    this.#texts.set(id, text);
    this.#kept += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#kept <= MAX_KEPT) break;
      this.#texts.delete(oldest);
      this.#kept -= length;
    }
    return text;
  }
}
