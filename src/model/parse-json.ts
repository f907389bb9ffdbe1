/**
 * `JSON.parse` with the keys that the text has. V8 13 compares the source of an escaped key with a key of an earlier
 * object: after an object with the key `"\\"`, it reads the key `"\n"` as a backslash. So the payload of one message
 * could change keys in the next one. The comparison is right for keys without escapes.
 */
const { parse, stringify } = JSON;
const { random } = Math;

const COLON = 0x3a;
const SPACE = 0x20;
/** A key with one of these must be escaped: quotation marks, backslashes and control characters. */
const NEEDS_ESCAPE = /["\\\p{Cc}]/u;

export type ParseText = (json: string) => unknown;

/** Throws the error of `JSON.parse` for invalid JSON. `parseText` is called instead of it for valid JSON. */
export function parseJson(json: string, parseText: ParseText = plainly): unknown {
  if (!hasEscapedKey(json)) return parseText(json);
  // Replacing the keys of invalid JSON could make it valid.
  const parsed = plainly(json);
  // A wrong key is the beginning of the source of an escaped key, with the backslash.
  if (hasBackslashInKey(parsed)) return withoutEscapedKeys(json, parseText);
  return parseText === plainly ? parsed : parseText(json);
}

const plainly: ParseText = (json) => parse(json);

/** The position of a key with its quotation marks. */
interface Range {
  readonly start: number;
  readonly end: number;
}

function hasEscapedKey(json: string): boolean {
  for (const _ of escapedKeys(json)) return true;
  return false;
}

/** One after the other, because a text may have millions. Right for valid JSON only. */
function* escapedKeys(json: string): Generator<Range> {
  for (let at = json.indexOf("\\"); at !== -1; ) {
    const end = endOfEscaped(json, at);
    // No quotation mark is escaped before the first backslash of a string.
    if (isKey(json, end)) yield { start: json.lastIndexOf('"', at), end };
    at = json.indexOf("\\", end);
  }
}

function isKey(json: string, end: number): boolean {
  let next = end;
  // In valid JSON, white space is all that can be below.
  while (json.charCodeAt(next) <= SPACE) next += 1;
  return json.charCodeAt(next) === COLON;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The objects in the value, lists left out, without recursion. An object may be changed before the next is read. */
function* objectsIn(value: unknown): Generator<object> {
  const queue: object[] = isObject(value) ? [value] : [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!Array.isArray(next)) yield next;
    const parts = Array.isArray(next) ? next : Object.values(next);
    for (const part of parts) if (isObject(part)) queue.push(part);
  }
}

function hasBackslashInKey(parsed: unknown): boolean {
  for (const object of objectsIn(parsed))
    for (const key in object) if (key.includes("\\")) return true;
  return false;
}

/** A quotation mark behind an even number of backslashes. */
const STRING_END = /[^\\](?:\\\\)*"/g;

/**
 * Index behind the string whose first backslash is at `at`; the length of the text if the string does not end. Right for
 * valid JSON only.
 */
function endOfEscaped(json: string, at: number): number {
  STRING_END.lastIndex = at - 1;
  return STRING_END.test(json) ? STRING_END.lastIndex : json.length;
}

function withoutEscapedKeys(json: string, parseText: ParseText): unknown {
  // No sender can know the texts that stand for the keys.
  const mark = `${stringify(random()).slice(2)} `;
  const written = new Map<string, string>();
  const marks = new Map<string, string>();
  let renamed = "";
  let done = 0;
  for (const { start, end } of escapedKeys(json)) {
    const source = json.slice(start, end);
    const text = written.get(source) ?? textOfKey(parse(source));
    written.set(source, text);
    renamed += json.slice(done, start) + text;
    done = end;
  }
  const parsed = parseText(renamed + json.slice(done));
  const names = new Map([...marks].map(([key, text]) => [text, key]));
  if (names.size > 0) for (const object of objectsIn(parsed)) renameKeys(object, names);
  return parsed;

  function textOfKey(key: string): string {
    if (!NEEDS_ESCAPE.test(key)) return `"${key}"`;
    const text = marks.get(key) ?? `${mark}${marks.size}`;
    marks.set(key, text);
    return stringify(text);
  }
}

/** Gives the marked keys their names again, in place and in the same order. */
function renameKeys(object: object, names: ReadonlyMap<string, string>): void {
  const keys = Object.keys(object);
  if (!keys.some((key) => names.has(key))) return;
  const entries = keys.map((key) => [names.get(key) ?? key, Reflect.get(object, key)] as const);
  for (const key of keys) Reflect.deleteProperty(object, key);
  for (const [key, value] of entries) {
    const property = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, key, property);
  }
}
