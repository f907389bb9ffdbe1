/** Lists of name and value, which is what `Headers` and `URLSearchParams` are made from and iterate over. */
import { isCallable, isObject } from "./conversion.ts";
import { finishClass } from "./platform-class.ts";

export type Pair = readonly [name: string, value: string];
export type PairKind = "keys" | "values" | "entries";

const { ownKeys, getOwnPropertyDescriptor } = Reflect;

/** Reads a sequence of pairs or a record. `convert` is run on each name and value as it is met. */
export function readPairs(who: string, init: object, convert: (value: unknown) => string): Pair[] {
  const method: unknown = Reflect.get(init, Symbol.iterator);
  if (method === undefined || method === null) return readRecord(init, convert);
  if (isIterable(init, method)) return readSequence(who, init, convert);
  throw new TypeError(`${who}: [Symbol.iterator] is of type ${typeof method}, not a function`);
}

/** `method` was read already: reading it again could run an accessor twice. */
const isIterable = (value: unknown, method: unknown): value is Iterable<unknown> =>
  isObject(value) && isCallable(method);

function readSequence(
  who: string,
  init: Iterable<unknown>,
  convert: (value: unknown) => string,
): Pair[] {
  const pairs: Pair[] = [];
  for (const item of init) {
    if (!isObject(item) || !isIterable(item, Reflect.get(item, Symbol.iterator)))
      throw new TypeError(
        `${who}: an item of type ${typeof item} was found, [name, value] expected`,
      );
    const parts: string[] = [];
    for (const part of item) parts.push(convert(part));
    const [name, value] = parts;
    if (name === undefined || value === undefined || parts.length !== 2)
      throw new TypeError(
        `${who}: an item of ${parts.length} parts was found, [name, value] expected`,
      );
    pairs.push([name, value]);
  }
  return pairs;
}

/** Names that become equal keep the first place and the last value. */
function readRecord(init: object, convert: (value: unknown) => string): Pair[] {
  const record = new Map<string, string>();
  for (const key of ownKeys(init)) {
    if (getOwnPropertyDescriptor(init, key)?.enumerable !== true) continue;
    record.set(convert(key), convert(Reflect.get(init, key)));
  }
  return [...record];
}

/** Each step reads the list as it is then. As in Node, what makes an iterator is nothing a script could call. */
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
