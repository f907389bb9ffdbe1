/** Reads the headers of an answer from a script: `Headers`, pairs, or an object whose values may be lists. */
import { Headers } from "./web/headers.ts";

const MAX_HEADERS = 100;
/** Name and value together. Each character of a header is one byte. */
const MAX_HEADER = 8192;

const { isArray } = Array;

/** Throws a `TypeError` for an invalid header, and the error of `limit` for too many or too large ones. */
export function readAnswerHeaders(
  caller: string,
  given: unknown,
  limit: (problem: string) => Error,
): Headers {
  const headers = new Headers();
  let count = 0;
  for (const [name, values] of pairsOf(caller, given)) {
    for (const value of isArray(values) ? values : [values]) {
      const text = readText(caller, name, value);
      count += 1;
      if (count > MAX_HEADERS || name.length + text.length > MAX_HEADER)
        throw limit(
          `${caller}: at most ${MAX_HEADERS} headers of ${MAX_HEADER} characters are allowed`,
        );
      headers.append(name, text);
    }
  }
  return headers;
}

function pairsOf(caller: string, given: unknown): (readonly [string, unknown])[] {
  if (given instanceof Headers) return Object.entries(linesOf(given));
  const object: object = Object(given);
  if (!isIterable(object)) return Object.entries(object);
  return [...object].map((pair) => {
    if (isArray(pair) && pair.length === 2) return [String(pair[0]), pair[1]];
    throw new TypeError(`${caller}: headers contain an item that is not [name, value]`);
  });
}

const isIterable = (value: object): value is Iterable<unknown> => Symbol.iterator in value;

const TEXTS = ["string", "number", "boolean", "bigint"];

/** Refuses values that `fetch` would send as "undefined" or "[object Object]": they are mistakes. */
function readText(caller: string, name: string, value: unknown): string {
  const found = value === null ? "null" : typeof value;
  if (TEXTS.includes(found)) return String(value);
  // A URL or a date converts to a useful text.
  const text = found === "object" ? String(value) : "[object ";
  if (!text.startsWith("[object ")) return text;
  const header = JSON.stringify(name);
  throw new TypeError(
    `${caller}: the value of the header ${header} is of type ${found}, text was expected: leave the header out where there is none`,
  );
}

/** Header values by lower-case name. Only `set-cookie` is a list, since its values cannot be joined. */
export function linesOf(headers: Headers): Readonly<Record<string, string | readonly string[]>> {
  const names = new Set([...headers.keys()].map(String));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      name === "set-cookie" ? headers.getSetCookie() : (headers.get(name) ?? ""),
    ]),
  );
}
