// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is text.
/** `Headers`, according to the Fetch Standard. */
import { isObject, requireArguments, requireCallback, toText } from "./conversion.ts";
import { matches } from "./intrinsics.ts";
import { HeadersIterator, type Pair, type PairKind, readPairs } from "./pairs.ts";
import { finishClass } from "./platform-class.ts";

const TOKEN = /^[!#$%&'*+\-.^_\x60|~0-9A-Za-z]+$/;
const FORBIDDEN = /[\0\r\n]/;
const NOT_BYTES = /[^\0-\xff]/;
const SPACES = "\t\n\r ";

function toByteText(value: unknown): string {
  const text = toText(value);
  if (!matches(NOT_BYTES, text)) return text;
  throw new TypeError(
    "Headers: a character past U+00FF was found, header text is bytes: encode it",
  );
}

function readName(value: unknown): string {
  const name = toByteText(value);
  if (matches(TOKEN, name)) return name.toLowerCase();
  throw new TypeError(`Headers: ${JSON.stringify(name)} is not a header name`);
}

function readValue(value: unknown): string {
  const text = toByteText(value);
  let [start, end] = [0, text.length];
  while (start < end && SPACES.includes(text.charAt(start))) start += 1;
  while (end > start && SPACES.includes(text.charAt(end - 1))) end -= 1;
  const trimmed = text.slice(start, end);
  if (!matches(FORBIDDEN, trimmed)) return trimmed;
  throw new TypeError("Headers: a value contains NUL, CR or LF, which no header can");
}

export class Headers {
  readonly #values = new Map<string, string[]>();
  /** The sorted list for iteration; undefined after a change. */
  #sorted: readonly Pair[] | undefined;

  constructor(init?: unknown) {
    if (init === undefined) return;
    if (!isObject(init))
      throw new TypeError(`Headers: ${typeof init} was given, pairs or an object expected`);
    for (const [name, value] of readPairs("Headers", init, toByteText))
      this.#append(readName(name), readValue(value));
  }

  append(name: unknown, value: unknown): void {
    requireArguments("Headers.append", arguments.length, 2);
    const [rawName, rawValue] = [toByteText(name), toByteText(value)];
    this.#append(readName(rawName), readValue(rawValue));
  }

  delete(name: unknown): void {
    requireArguments("Headers.delete", arguments.length, 1);
    if (this.#values.delete(readName(name))) this.#sorted = undefined;
  }

  get(name: unknown): string | null {
    requireArguments("Headers.get", arguments.length, 1);
    return this.#combined(readName(name));
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(name: unknown): boolean {
    requireArguments("Headers.has", arguments.length, 1);
    return this.#values.has(readName(name));
  }

  set(name: unknown, value: unknown): void {
    requireArguments("Headers.set", arguments.length, 2);
    const [rawName, rawValue] = [toByteText(name), toByteText(value)];
    const key = readName(rawName);
    this.#values.set(key, [readValue(rawValue)]);
    this.#sorted = undefined;
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    const call = requireCallback("Headers.forEach", callback);
    for (let index = 0, pair = this.#list()[0]; pair !== undefined; pair = this.#list()[++index])
      Reflect.apply(call, thisArgument, [pair[1], pair[0], this]);
  }

  keys(): IteratorObject<string | Pair> {
    return this.#iterate("keys");
  }

  values(): IteratorObject<string | Pair> {
    return this.#iterate("values");
  }

  entries(): IteratorObject<string | Pair> {
    return this.#iterate("entries");
  }

  #iterate(kind: PairKind): IteratorObject<string | Pair> {
    this.#list();
    return new HeadersIterator(() => this.#list(), kind);
  }

  #append(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
    this.#sorted = undefined;
  }

  #combined(name: string): string | null {
    return this.#values.get(name)?.join(name === "cookie" ? "; " : ", ") ?? null;
  }

  #iterated(name: string): readonly Pair[] {
    if (name !== "set-cookie") return [[name, this.#combined(name) ?? ""]];
    return (this.#values.get(name) ?? []).map((value): Pair => [name, value]);
  }

  /** Sorted by name. `set-cookie` values are not combined. */
  #list(): readonly Pair[] {
    this.#sorted ??= [...this.#values.keys()].sort().flatMap((name) => this.#iterated(name));
    return this.#sorted;
  }
}

finishClass(Headers);
