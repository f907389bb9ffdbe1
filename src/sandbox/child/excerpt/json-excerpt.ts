/**
 * The excerpt of a large JSON text, made in one pass over its bytes: its structure, the first items of each list, the
 * start of each text. A nested list or object takes at most half of the budget that its parent has left, so that the
 * values after a long one still fit. Short values of the outermost object have a budget of their own.
 */
import type { Buffer } from "node:buffer";
import { cutJsonText } from "./cut-text.ts";
import { JsonScanner } from "./json-scanner.ts";
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  endOfScalar,
  endOfText,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
} from "./json-tokens.ts";

/** The most items of one list in an excerpt. */
export const MAX_ITEMS = 20;
/**
 * Budget in characters of JSON: this many for the outermost texts, numbers and words with their keys, and as many
 * again for all lists and objects.
 */
export const BUDGET = 128 * 1024;
/** A longer number is written in its shortest form. */
const MAX_NUMBER_BYTES = 32;
const BRACKETS_SIZE = 2;

interface Budget {
  remaining: number;
}

/** The budget of a list or object: for its own values, and for the lists and objects in it. */
interface Budgets {
  readonly values: Budget;
  readonly nested: Budget;
}

class NotJson extends Error {}

/** The excerpt as JSON. Undefined if the bytes from `at` on are not exactly one JSON value. */
export function excerptJson(bytes: Buffer, at: number, budget = BUDGET): string | undefined {
  try {
    return new Excerpt(bytes, at).make(budget);
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class Excerpt {
  readonly #bytes: Buffer;
  readonly #scanner: JsonScanner;
  readonly #out: string[] = [];
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#scanner = new JsonScanner(bytes);
    this.#at = skipSpace(bytes, at);
  }

  make(budget: number): string {
    const byte = this.#bytes[this.#at];
    const budgets = { values: { remaining: budget }, nested: { remaining: budget } };
    if (byte === OPEN_OBJECT) this.#object(budgets);
    else if (byte === OPEN_LIST) this.#list(budgets);
    else this.#out.push(this.#scalar());
    if (skipSpace(this.#bytes, this.#at) !== this.#bytes.length) throw new NotJson();
    return this.#out.join("");
  }

  #object(budgets: Budgets): void {
    this.#out.push("{");
    if (this.#open(CLOSE_OBJECT) && !this.#members(budgets)) this.#skipRest(CLOSE_OBJECT);
    this.#out.push("}");
  }

  /** False when the budget ended before the last member. */
  #members(budgets: Budgets): boolean {
    let comma = "";
    do {
      const key = this.#key();
      if (key === undefined) this.#moveTo(this.#scanner.skip(this.#at));
      else if (this.#value(`${comma}${key}:`, budgets)) comma = ",";
      else return false;
    } while (this.#hasNext(CLOSE_OBJECT));
    return true;
  }

  #list(budgets: Budgets): void {
    this.#out.push("[");
    if (this.#open(CLOSE_LIST) && !this.#items(budgets)) this.#skipRest(CLOSE_LIST);
    this.#out.push("]");
  }

  /** False when items may have been left out. */
  #items(budgets: Budgets): boolean {
    let items = 0;
    do {
      if (!this.#value(items === 0 ? "" : ",", budgets)) return false;
      items += 1;
      if (items === MAX_ITEMS) return false;
    } while (this.#hasNext(CLOSE_LIST));
    return true;
  }

  /** Writes `prefix` and the value. False, and the value is skipped, when it does not fit the budget. */
  #value(prefix: string, { values, nested }: Budgets): boolean {
    const byte = this.#bytes[this.#at];
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const remaining = nested.remaining - prefix.length - BRACKETS_SIZE;
      if (remaining < 0) {
        this.#moveTo(this.#scanner.skip(this.#at));
        return false;
      }
      const half = Math.floor(remaining / 2);
      const own = { remaining: half };
      this.#out.push(prefix);
      if (byte === OPEN_OBJECT) this.#object({ values: own, nested: own });
      else this.#list({ values: own, nested: own });
      nested.remaining = remaining - (half - own.remaining);
      return true;
    }
    const text = prefix + this.#scalar();
    if (text.length > values.remaining) return false;
    values.remaining -= text.length;
    this.#out.push(text);
    return true;
  }

  /** Reads a text, number, `true`, `false` or `null`, and returns it as JSON, cut. */
  #scalar(): string {
    const start = this.#at;
    if (this.#bytes[start] === QUOTE) {
      this.#moveTo(endOfText(this.#bytes, start + 1));
      return cutJsonText(this.#bytes.subarray(start + 1, this.#at - 1)) ?? '""';
    }
    this.#moveTo(endOfScalar(this.#bytes, start));
    return shortenNumber(this.#bytes.toString("latin1", start, this.#at));
  }

  /** Undefined for a key that is too long: a cut key would be a different one. */
  #key(): string | undefined {
    const start = this.#at;
    this.#moveTo(this.#scanner.skipKey(start));
    const end = endOfText(this.#bytes, start + 1) - 1;
    return cutJsonText(this.#bytes.subarray(start + 1, end), true);
  }

  /**
   * Moves past the opening bracket. If the list or object is empty, moves past the closing bracket too and returns
   * false.
   */
  #open(closer: number): boolean {
    this.#at = skipSpace(this.#bytes, this.#at + 1);
    if (this.#bytes[this.#at] !== closer) return true;
    this.#at += 1;
    return false;
  }

  /** After a value: moves to the next one and returns true, or past the closing bracket and returns false. */
  #hasNext(closer: number): boolean {
    this.#at = skipSpace(this.#bytes, this.#at);
    const byte = this.#bytes[this.#at];
    if (byte !== COMMA && byte !== closer) throw new NotJson();
    this.#at += 1;
    if (byte === closer) return false;
    this.#at = skipSpace(this.#bytes, this.#at);
    return true;
  }

  /** Skips the rest of a list or object. */
  #skipRest(closer: number): void {
    this.#moveTo(this.#scanner.skipRest(this.#at, closer));
  }

  #moveTo(at: number): void {
    if (at === -1) throw new NotJson();
    this.#at = at;
  }
}

/** A number beyond the range of JavaScript stays beyond it. */
function shortenNumber(scalar: string): string {
  if (scalar.length <= MAX_NUMBER_BYTES) return scalar;
  const number = Number(scalar);
  if (Number.isFinite(number)) return Object.is(number, -0) ? "-0" : String(number);
  return number > 0 ? "1e999" : "-1e999";
}
