// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is text.
/** `URLSearchParams`, standalone or as the query of a URL. */
import { isObject, requireArguments, requireCallback, toScalarText } from "./conversion.ts";
import { parseForm, writeForm } from "./form-encoding.ts";
import { type Pair, readPairs, SearchParamsIterator } from "./pairs.ts";
import { finishClass } from "./platform-class.ts";

/** The list of parameters, which a URL shares with its `searchParams`. Scripts never see it. */
export class Query {
  pairs: Pair[];
  readonly #onChange: ((query: string) => void) | undefined;

  constructor(pairs: Pair[], onChange?: (query: string) => void) {
    this.pairs = pairs;
    this.#onChange = onChange;
  }

  /** If `onChange` throws, the list stays unchanged. */
  change(pairs: Pair[]): void {
    this.#onChange?.(writeForm(pairs));
    this.pairs = pairs;
  }

  append(pair: Pair): void {
    if (this.#onChange === undefined) this.pairs.push(pair);
    else this.change([...this.pairs, pair]);
  }

  static isQuery(value: object): value is Query {
    return #onChange in value;
  }
}

export function parseQuery(text: string): Pair[] {
  return parseForm(text.startsWith("?") ? text.slice(1) : text);
}

const byName = ([a]: Pair, [b]: Pair): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

export class URLSearchParams {
  readonly #query: Query;

  constructor(init: unknown = "") {
    if (isObject(init) && Query.isQuery(init)) {
      this.#query = init;
      return;
    }
    this.#query = new Query(
      isObject(init)
        ? readPairs("URLSearchParams", init, toScalarText)
        : parseQuery(toScalarText(init)),
    );
  }

  get size(): number {
    return this.#query.pairs.length;
  }

  append(name: unknown, value: unknown): void {
    requireArguments("URLSearchParams.append", arguments.length, 2);
    const query = this.#query;
    query.append([toScalarText(name), toScalarText(value)]);
  }

  delete(name: unknown, value: unknown = undefined): void {
    requireArguments("URLSearchParams.delete", arguments.length, 1);
    const isMatch = matcher(name, value);
    this.#query.change(this.#query.pairs.filter((pair) => !isMatch(pair)));
  }

  get(name: unknown): string | null {
    requireArguments("URLSearchParams.get", arguments.length, 1);
    return this.#query.pairs.find(matcher(name))?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    requireArguments("URLSearchParams.getAll", arguments.length, 1);
    return this.#query.pairs.filter(matcher(name)).map(([, value]) => value);
  }

  has(name: unknown, value: unknown = undefined): boolean {
    requireArguments("URLSearchParams.has", arguments.length, 1);
    return this.#query.pairs.some(matcher(name, value));
  }

  set(name: unknown, value: unknown): void {
    requireArguments("URLSearchParams.set", arguments.length, 2);
    const query = this.#query;
    const pair: Pair = [toScalarText(name), toScalarText(value)];
    const { pairs } = query;
    const first = pairs.findIndex(([key]) => key === pair[0]);
    if (first === -1) {
      query.append(pair);
      return;
    }
    const others = pairs.slice(first + 1).filter(([key]) => key !== pair[0]);
    query.change([...pairs.slice(0, first), pair, ...others]);
  }

  sort(): void {
    this.#query.change(this.#query.pairs.toSorted(byName));
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    const query = this.#query;
    const call = requireCallback("URLSearchParams.forEach", callback);
    for (let index = 0, pair = query.pairs[0]; pair !== undefined; pair = query.pairs[++index])
      Reflect.apply(call, thisArgument, [pair[1], pair[0], this]);
  }

  keys(): IteratorObject<string | Pair> {
    const query = this.#query;
    return new SearchParamsIterator(() => query.pairs, "keys");
  }

  values(): IteratorObject<string | Pair> {
    const query = this.#query;
    return new SearchParamsIterator(() => query.pairs, "values");
  }

  entries(): IteratorObject<string | Pair> {
    const query = this.#query;
    return new SearchParamsIterator(() => query.pairs, "entries");
  }

  toString(): string {
    return writeForm(this.#query.pairs);
  }
}

/** Tests whether a pair has this name, and this value if one is given. */
function matcher(name: unknown, value?: unknown): (pair: Pair) => boolean {
  const key = toScalarText(name);
  if (value === undefined) return (pair) => pair[0] === key;
  const wanted = toScalarText(value);
  return (pair) => pair[0] === key && pair[1] === wanted;
}

finishClass(URLSearchParams);
