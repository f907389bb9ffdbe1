/** Headers of an answer as a script gives them: `Headers`, pairs, or an object whose values may be lists. */
import { Headers } from "./web/headers.ts";

const MAX_HEADERS = 100;
/** Of a name with its value, in bytes: a header has one for each character. */
const MAX_HEADER = 8192;

const { isArray } = Array;

/** Throws a `TypeError` for what no header can be, and what `limit` makes for what is too much. */
export function readAnswerHeaders(
  who: string,
  given: unknown,
  limit: (problem: string) => Error,
): Headers {
  const headers = new Headers();
  let count = 0;
  for (const [name, values] of pairsOf(who, given)) {
    for (const value of isArray(values) ? values : [values]) {
      const text = readText(who, name, value);
      count += 1;
      if (count > MAX_HEADERS || name.length + text.length > MAX_HEADER)
        throw limit(
          `${who}: at most ${MAX_HEADERS} headers of ${MAX_HEADER} characters are allowed`,
        );
      headers.append(name, text);
    }
  }
  return headers;
}

function pairsOf(who: string, given: unknown): (readonly [string, unknown])[] {
  if (given instanceof Headers) return Object.entries(linesOf(given));
  const object: object = Object(given);
  if (!isIterable(object)) return Object.entries(object);
  return [...object].map((pair) => {
    if (isArray(pair) && pair.length === 2) return [String(pair[0]), pair[1]];
    throw new TypeError(`${who}: headers hold something else than [name, value]`);
  });
}

const isIterable = (value: object): value is Iterable<unknown> => Symbol.iterator in value;

const TEXTS = ["string", "number", "boolean", "bigint"];

/** What `fetch` would send as "undefined" or "[object Object]" is a mistake of the script. */
function readText(who: string, name: string, value: unknown): string {
  const found = value === null ? "null" : typeof value;
  if (TEXTS.includes(found)) return String(value);
  // A URL and a date say what they are.
  const text = found === "object" ? String(value) : "[object ";
  if (!text.startsWith("[object ")) return text;
  const header = JSON.stringify(name);
  throw new TypeError(
    `${who}: the value of the header ${header} is of type ${found}, text was expected: leave the header out where there is none`,
  );
}

/** By lower-case name. Cookies are never combined. */
export function linesOf(headers: Headers): Readonly<Record<string, string | readonly string[]>> {
  const names = new Set([...headers.keys()].map(String));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      name === "set-cookie" ? headers.getSetCookie() : (headers.get(name) ?? ""),
    ]),
  );
}
