/** Lists of name–value pairs, from which `Headers` and `URLSearchParams` are created and which they iterate. */
import { isCallable, isObject } from "./conversion.ts";
import { finishClass } from "./platform-class.ts";

export type Pair = readonly [name: string, value: string];
export type PairKind = "keys" | "values" | "entries";

const { ownKeys, getOwnPropertyDescriptor } = Reflect;

/** Reads a sequence of pairs or a record. `convert` is called on each name and value in order. */
export function readPairs(
  caller: string,
  init: object,
  convert: (value: unknown) => string,
): Pair[] {
  const method: unknown = Reflect.get(init, Symbol.iterator);
  if (method === undefined || method === null) return readRecord(init, convert);
  if (isIterable(init, method)) return readSequence(caller, init, convert);
  throw new TypeError(`${caller}: [Symbol.iterator] is of type ${typeof method}, not a function`);
}

/** `method` is passed, since reading it again could run an accessor twice. */
const isIterable = (value: unknown, method: unknown): value is Iterable<unknown> =>
  isObject(value) && isCallable(method);

function readSequence(
  caller: string,
  init: Iterable<unknown>,
  convert: (value: unknown) => string,
): Pair[] {
  const pairs: Pair[] = [];
  for (const item of init) {
    if (!isObject(item) || !isIterable(item, Reflect.get(item, Symbol.iterator)))
      throw new TypeError(
        `${caller}: an item of type ${typeof item} was found, [name, value] expected`,
      );
    const parts: string[] = [];
    for (const part of item) parts.push(convert(part));
    const [name, value] = parts;
    if (name === undefined || value === undefined || parts.length !== 2)
      throw new TypeError(
        `${caller}: an item of ${parts.length} parts was found, [name, value] expected`,
      );
    pairs.push([name, value]);
  }
  return pairs;
}

/** For names that become equal, the first position and the last value count. */
function readRecord(init: object, convert: (value: unknown) => string): Pair[] {
  const record = new Map<string, string>();
  for (const key of ownKeys(init)) {
    if (getOwnPropertyDescriptor(init, key)?.enumerable !== true) continue;
    record.set(convert(key), convert(Reflect.get(init, key)));
  }
  return [...record];
}

/** Each step reads the current list. As in Node, scripts cannot reach the constructor of an iterator. */
function iteratorClass(name: string) {
  class PairIterator extends Iterator<string | Pair> {
    readonly #read: () => readonly Pair[];
    readonly #kind: PairKind;
    #index = 0;

    constructor(read: () => readonly Pair[], kind: PairKind) {
      super();
      this.#read = read;
      this.#kind = kind;
    }

    override next(): IteratorResult<string | Pair> {
      const pair = this.#read()[this.#index];
      if (pair === undefined) return { value: undefined, done: true };
      this.#index += 1;
      if (this.#kind === "entries") return { value: [pair[0], pair[1]], done: false };
      return { value: this.#kind === "keys" ? pair[0] : pair[1], done: false };
    }
  }
  Reflect.deleteProperty(PairIterator.prototype, "constructor");
  finishClass(PairIterator, `${name} Iterator`);
  return PairIterator;
}

export const HeadersIterator = iteratorClass("Headers");
export const SearchParamsIterator = iteratorClass("URLSearchParams");
