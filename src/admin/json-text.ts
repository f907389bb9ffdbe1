/** Keeps the text of values of a JSON body as it was sent: parsing and writing it again would round long numbers. */

/** A value that is not a text, as it was written in the request. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Keys from the top of the JSON; `*` is every element of a list. */
export type JsonPath = readonly string[];

/** Replaces what `value` has at the path by its text. `json` is valid JSON, and `value` is parsed from it. */
export function keepText(value: unknown, json: string, [key, ...rest]: JsonPath): unknown {
  if (key === undefined) return typeof value === "string" ? value : new JsonText(json);
  if (typeof value !== "object" || value === null) return value;
  // Of a repeated key the last value counts, as for `JSON.parse`.
  const parts = new Map([...partsOf(json)].map((part) => [part.key, part.json]));
  for (const [name, text] of parts)
    if (key === "*" || name === key)
      Reflect.set(value, name, keepText(Reflect.get(value, name), text, rest));
  return value;
}

interface Part {
  readonly key: string;
  readonly json: string;
}

/** The members of an object, or the elements of a list with their indexes. `json` is one of both. */
function* partsOf(json: string): Generator<Part> {
  const opener = skipSpace(json, 0);
  const isList = json[opener] === "[";
  let index = 0;
  for (let at = skipSpace(json, opener + 1); json[at] !== "}" && json[at] !== "]"; ) {
    const keyEnd = isList ? at : endOfValue(json, at);
    const key = isList ? String(index++) : String(JSON.parse(json.slice(at, keyEnd)));
    // Behind the colon of a member.
    const start = isList ? at : skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = endOfValue(json, start);
    yield { key, json: json.slice(start, end) };
    at = skipSpace(json, end);
    if (json[at] === ",") at = skipSpace(json, at + 1);
  }
}

const SPACE = /\s*/y;
/** A number or a word. */
const PLAIN = /[^\s,\]}]*/y;
const STRUCTURE = /["[\]{}]/g;

const endOf = (pattern: RegExp, json: string, at: number): number => {
  pattern.lastIndex = at;
  pattern.exec(json);
  return pattern.lastIndex;
};

const skipSpace = (json: string, at: number): number => endOf(SPACE, json, at);

function endOfValue(json: string, start: number): number {
  const first = json[start];
  if (first === '"') return endOfString(json, start) + 1;
  if (first !== "{" && first !== "[") return endOf(PLAIN, json, start);
  let depth = 0;
  let at = start;
  do {
    at = endOf(STRUCTURE, json, at);
    const found = json[at - 1];
    if (found === '"') at = endOfString(json, at - 1) + 1;
    else depth += found === "{" || found === "[" ? 1 : -1;
  } while (depth > 0);
  return at;
}

/** Index of the closing quote of the string that begins at `start`; the length of the text if there is none. */
export function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const end = text.indexOf('"', from);
    if (end === -1) return text.length;
    let escapes = end;
    while (text[escapes - 1] === "\\") escapes -= 1;
    if ((end - escapes) % 2 === 0) return end;
    from = end + 1;
  }
}
