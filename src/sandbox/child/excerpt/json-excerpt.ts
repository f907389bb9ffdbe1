/**
 * A large JSON text in short, made in one pass over its bytes: its structure, the first items of each list, the start of each text.
 * A list or an object may take at most half of the room that is left to what it stands in, so that what comes behind a long one
 * has its place; keys of the outermost object with short values have room of their own.
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

/** How many items of a list an excerpt has. */
export const MAX_ITEMS = 20;
/** Characters of JSON: for texts, numbers and words that stand outermost, with their keys, and as many for all lists and objects. */
export const ROOM = 128 * 1024;
/** A number that is spelled longer is written anew. */
const MAX_NUMBER_BYTES = 32;
/** Of a pair of brackets. */
const BRACKETS_SIZE = 2;

/** Characters that may still be written. */
interface Room {
  left: number;
}

/** What a list or object may use for its own values, and for lists and objects in it. */
interface Rooms {
  readonly values: Room;
  readonly nested: Room;
}

class NotJson extends Error {}

/** The excerpt as JSON; undefined when the bytes from `at` on are not one JSON value. */
export function excerptJson(bytes: Buffer, at: number, room = ROOM): string | undefined {
  try {
    return new Excerpt(bytes, at).make(room);
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

  make(room: number): string {
    const byte = this.#bytes[this.#at];
    const rooms = { values: { left: room }, nested: { left: room } };
    if (byte === OPEN_OBJECT) this.#object(rooms);
    else if (byte === OPEN_LIST) this.#list(rooms);
    else this.#out.push(this.#scalar());
    if (skipSpace(this.#bytes, this.#at) !== this.#bytes.length) throw new NotJson();
    return this.#out.join("");
  }

  #object(rooms: Rooms): void {
    this.#out.push("{");
    if (this.#enter(CLOSE_OBJECT) && !this.#members(rooms)) this.#leave(CLOSE_OBJECT);
    this.#out.push("}");
  }

  /** False when there are more. */
  #members(rooms: Rooms): boolean {
    let comma = "";
    do {
      const key = this.#key();
      if (key === undefined) this.#moveTo(this.#scanner.skip(this.#at));
      else if (this.#value(`${comma}${key}:`, rooms)) comma = ",";
      else return false;
    } while (this.#hasNext(CLOSE_OBJECT));
    return true;
  }

  #list(rooms: Rooms): void {
    this.#out.push("[");
    if (this.#enter(CLOSE_LIST) && !this.#items(rooms)) this.#leave(CLOSE_LIST);
    this.#out.push("]");
  }

  /** False when there may be more. */
  #items(rooms: Rooms): boolean {
    let items = 0;
    do {
      if (!this.#value(items === 0 ? "" : ",", rooms)) return false;
      items += 1;
      if (items === MAX_ITEMS) return false;
    } while (this.#hasNext(CLOSE_LIST));
    return true;
  }

  /** Writes the value behind `prefix`. False when there was no room for it; then it was passed over. */
  #value(prefix: string, { values, nested }: Rooms): boolean {
    const byte = this.#bytes[this.#at];
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const left = nested.left - prefix.length - BRACKETS_SIZE;
      if (left < 0) {
        this.#moveTo(this.#scanner.skip(this.#at));
        return false;
      }
      const half = Math.floor(left / 2);
      const own = { left: half };
      this.#out.push(prefix);
      if (byte === OPEN_OBJECT) this.#object({ values: own, nested: own });
      else this.#list({ values: own, nested: own });
      nested.left = left - (half - own.left);
      return true;
    }
    const text = prefix + this.#scalar();
    if (text.length > values.left) return false;
    values.left -= text.length;
    this.#out.push(text);
    return true;
  }

  /** A text, number or word, as JSON. */
  #scalar(): string {
    const start = this.#at;
    if (this.#bytes[start] === QUOTE) {
      this.#moveTo(endOfText(this.#bytes, start + 1));
      return cutJsonText(this.#bytes.subarray(start + 1, this.#at - 1)) ?? '""';
    }
    this.#moveTo(endOfScalar(this.#bytes, start));
    return writeAnew(this.#bytes.toString("latin1", start, this.#at));
  }

  /** Undefined for one that is too long: cut, it would be another key. */
  #key(): string | undefined {
    const start = this.#at;
    this.#moveTo(this.#scanner.skipKey(start));
    const end = endOfText(this.#bytes, start + 1) - 1;
    return cutJsonText(this.#bytes.subarray(start + 1, end), true);
  }

  /** Goes behind the opening bracket. False when nothing is in it: then it goes behind the closing one too. */
  #enter(closer: number): boolean {
    this.#at = skipSpace(this.#bytes, this.#at + 1);
    if (this.#bytes[this.#at] !== closer) return true;
    this.#at += 1;
    return false;
  }

  /** Behind a value: goes to the next one, or behind the closing bracket. */
  #hasNext(closer: number): boolean {
    this.#at = skipSpace(this.#bytes, this.#at);
    const byte = this.#bytes[this.#at];
    if (byte !== COMMA && byte !== closer) throw new NotJson();
    this.#at += 1;
    if (byte === closer) return false;
    this.#at = skipSpace(this.#bytes, this.#at);
    return true;
  }

  /** Passes over the rest of a list or object. */
  #leave(closer: number): void {
    this.#moveTo(this.#scanner.skipRest(this.#at, closer));
  }

  #moveTo(at: number): void {
    if (at === -1) throw new NotJson();
    this.#at = at;
  }
}

/** A number that JavaScript takes for infinite stays so. */
function writeAnew(scalar: string): string {
  if (scalar.length <= MAX_NUMBER_BYTES) return scalar;
  const number = Number(scalar);
  if (Number.isFinite(number)) return Object.is(number, -0) ? "-0" : String(number);
  return number > 0 ? "1e999" : "-1e999";
}
