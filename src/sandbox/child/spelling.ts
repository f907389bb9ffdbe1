/** One way to write something secret, and where a text holds it. The time to look is linear in the length of the text. */

/** A part of a text, from `from` up to, not including, `to`. */
export interface Found {
  readonly from: number;
  readonly to: number;
  /** What is shown instead. */
  readonly label: string;
}

/** `indexOf` takes at most this many steps for each character of a text; longer spellings are looked for in another way. */
const SHORT = 64;

export class Spelling {
  readonly text: string;
  readonly label: string;
  #borders: Int32Array | undefined;

  constructor(text: string, label: string) {
    this.text = text;
    this.label = label;
  }

  isIn(text: string): boolean {
    if (this.text.length <= SHORT) return text.includes(this.text);
    return this.#mayBeIn(text) && this.find(text).length > 0;
  }

  /** All places, in order; those that overlap are one. */
  find(text: string): readonly Found[] {
    if (this.text.length > text.length) return [];
    if (this.text.length <= SHORT) return this.#findShort(text);
    return this.#mayBeIn(text) ? this.#findLong(text) : [];
  }

  /** How many characters at the end of `text` may be the beginning of this spelling, whose rest was cut off. */
  begunAtEnd(text: string): number {
    const borders = this.#bordersOf();
    let matched = 0;
    for (let at = Math.max(0, text.length - this.text.length + 1); at < text.length; at++)
      matched = this.#step(borders, matched, text.charCodeAt(at));
    return matched;
  }

  #mayBeIn = (text: string): boolean => text.includes(this.text.slice(0, SHORT));

  #findShort(text: string): readonly Found[] {
    const found: Found[] = [];
    for (let at = text.indexOf(this.text); at !== -1; at = text.indexOf(this.text, at + 1))
      this.#add(found, at);
    return found;
  }

  /** Knuth, Morris and Pratt: every character of the text is looked at once. */
  #findLong(text: string): readonly Found[] {
    const found: Found[] = [];
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

  #add(found: Found[], from: number): void {
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

  /** By length of a beginning of the spelling: the longest shorter beginning that is also its end. */
  #bordersOf(): Int32Array {
    if (this.#borders !== undefined) return this.#borders;
    const borders = new Int32Array(this.text.length + 1);
    for (let at = 1; at < this.text.length; at++)
      borders[at + 1] = this.#step(borders, borders[at] ?? 0, this.text.charCodeAt(at));
    this.#borders = borders;
    return borders;
  }
}
