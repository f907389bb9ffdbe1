/** One way to write a secret, and its occurrences in a text. The search is linear in the length of the text. */

/** A part of a text: from `from` up to but not including `to`. */
export interface Occurrence {
  readonly from: number;
  readonly to: number;
  /** The text that replaces it. */
  readonly label: string;
}

/**
 * The worst case of `indexOf` is the length of the spelling times the length of the text, so it is used for short
 * spellings only.
 */
const MAX_INDEX_OF = 64;

export class Spelling {
  readonly text: string;
  readonly label: string;
  #borders: Int32Array | undefined;

  constructor(text: string, label: string) {
    this.text = text;
    this.label = label;
  }

  isIn(text: string): boolean {
    if (this.text.length <= MAX_INDEX_OF) return text.includes(this.text);
    return this.#mayBeIn(text) && this.find(text).length > 0;
  }

  /** All occurrences, in order. Overlapping ones are merged. */
  find(text: string): readonly Occurrence[] {
    if (this.text.length > text.length) return [];
    if (this.text.length <= MAX_INDEX_OF) return this.#findShort(text);
    return this.#mayBeIn(text) ? this.#findLong(text) : [];
  }

  /** How many characters at the end of `text` are a prefix of this spelling, whose rest may have been cut off. */
  prefixAtEnd(text: string): number {
    const borders = this.#bordersOf();
    let matched = 0;
    for (let at = Math.max(0, text.length - this.text.length + 1); at < text.length; at++)
      matched = this.#step(borders, matched, text.charCodeAt(at));
    return matched;
  }

  #mayBeIn = (text: string): boolean => text.includes(this.text.slice(0, MAX_INDEX_OF));

  #findShort(text: string): readonly Occurrence[] {
    const found: Occurrence[] = [];
    for (let at = text.indexOf(this.text); at !== -1; at = text.indexOf(this.text, at + 1))
      this.#add(found, at);
    return found;
  }

  /** Knuth–Morris–Pratt: reads every character of the text once. */
  #findLong(text: string): readonly Occurrence[] {
    const found: Occurrence[] = [];
    const borders = this.#bordersOf();
    const { length } = this.text;
    let matched = 0;
    for (let at = 0; at < text.length; at++) {
      if (matched === length) matched = borders[matched] ?? 0;
      matched = this.#step(borders, matched, text.charCodeAt(at));
      if (matched === length) this.#add(found, at + 1 - length);
    }
    return found;
  }

  #add(found: Occurrence[], from: number): void {
    const to = from + this.text.length;
    const last = found.at(-1);
    if (last !== undefined && from < last.to) found[found.length - 1] = { ...last, to };
    else found.push({ from, to, label: this.label });
  }

  #step(borders: Int32Array, matched: number, unit: number): number {
    let length = matched;
    while (length > 0 && this.text.charCodeAt(length) !== unit) length = borders[length] ?? 0;
    return this.text.charCodeAt(length) === unit ? length + 1 : length;
  }

  /**
   * The failure function of Knuth–Morris–Pratt. By length of a prefix: the longest shorter prefix that is also its
   * suffix.
   */
  #bordersOf(): Int32Array {
    if (this.#borders !== undefined) return this.#borders;
    const borders = new Int32Array(this.text.length + 1);
    for (let at = 1; at < this.text.length; at++)
      borders[at + 1] = this.#step(borders, borders[at] ?? 0, this.text.charCodeAt(at));
    this.#borders = borders;
    return borders;
  }
}
