/**
 * Parses JSON with integers beyond 2^53 as BigInts. A reviver would do it too, but `JSON.parse` calls it recursively,
 * and JSON of a sender may be nested more deeply than the stack allows.
 */
import { endOfText } from "./json-depth.ts";

const { parse, stringify } = JSON;
const { isSafeInteger } = Number;
const { random } = Math;

/** Shorter integers are exact. */
const LONG_DIGITS = /"|\d{16,}/g;
/** Parts of a number beside its digits: with one of these it is no integer. */
const BEFORE = new Set([".", "e", "E", "+"]);
const AFTER = new Set([".", "e", "E"]);

export function parseExact(json: string): unknown {
  const plain: unknown = parse(json);
  const found = longIntegers(json);
  if (found.length === 0) return plain;
  // No sender can know the texts that stand for the integers.
  const mark = `${random()} ${random()} `;
  const integers = new Map<unknown, bigint>();
  const parts: string[] = [];
  let done = 0;
  for (const [at, { start, end }] of found.entries()) {
    integers.set(mark + at, BigInt(json.slice(start, end)));
    parts.push(json.slice(done, start), stringify(mark + at));
    done = end;
  }
  return withIntegers(parse(parts.join("") + json.slice(done)), integers);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** `json` is valid. */
function longIntegers(json: string): readonly Range[] {
  const found: Range[] = [];
  LONG_DIGITS.lastIndex = 0;
  for (let match = LONG_DIGITS.exec(json); match !== null; match = LONG_DIGITS.exec(json)) {
    const { index, 0: text } = match;
    if (text === '"') {
      LONG_DIGITS.lastIndex = endOfText(json, index) + 1;
      continue;
    }
    const start = json[index - 1] === "-" ? index - 1 : index;
    const end = index + text.length;
    const isInteger = !BEFORE.has(json[start - 1] ?? "") && !AFTER.has(json[end] ?? "");
    if (isInteger && !isSafeInteger(Number(text))) found.push({ start, end });
  }
  return found;
}

/** Replaces the marked texts in place, without recursion. */
function withIntegers(parsed: unknown, integers: ReadonlyMap<unknown, bigint>): unknown {
  const top = [parsed];
  const queue: object[] = [top];
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const key of Object.keys(next)) {
      const value: unknown = Reflect.get(next, key);
      const integer = integers.get(value);
      if (integer !== undefined)
        Object.defineProperty(next, key, {
          value: integer,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      else if (typeof value === "object" && value !== null) queue.push(value);
    }
  return top[0];
}
