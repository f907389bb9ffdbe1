/** Cloners for built-ins with internal slots, by prototype. */

import { cloneBuffer } from "./clone-bytes.ts";
import { cloneDomException } from "./clone-errors.ts";
import { type Cloner, type Cloning, refuse } from "./cloning.ts";
import { isObject } from "./conversion.ts";
import { DOMException } from "./dom-exception.ts";
import { Headers } from "./headers.ts";
import { readRegExp } from "./intrinsics.ts";
import { readBy, slotReader } from "./slots.ts";
import { URL } from "./url.ts";
import { URLSearchParams } from "./url-search-params.ts";

const { apply, getPrototypeOf, ownKeys } = Reflect;

function cloneBoxed(unbox: () => unknown): Cloner {
  return (value, cloning) => {
    const primitive = readBy(unbox, value);
    return primitive === undefined ? undefined : cloning.keep(value, Object(primitive));
  };
}

const { getTime } = Date.prototype;

function cloneDate(value: object, cloning: Cloning): object | undefined {
  const time = readBy(getTime, value);
  return typeof time === "number" ? cloning.keep(value, new Date(time)) : undefined;
}

function cloneRegExp(value: object, cloning: Cloning): object | undefined {
  const parts = readRegExp(value);
  return parts && cloning.keep(value, new RegExp(parts.source, parts.flags));
}

const mapSize = slotReader<number>(Map.prototype, "size");
const eachOfMap = Map.prototype.forEach;

function cloneMap(value: object, cloning: Cloning): object | undefined {
  if (mapSize(value) === undefined) return undefined;
  const entries: [unknown, unknown][] = [];
  apply(eachOfMap, value, [(part: unknown, key: unknown) => entries.push([key, part])]);
  const copy = cloning.keep(value, new Map<unknown, unknown>());
  for (const [key, part] of entries) copy.set(cloning.clone(key), cloning.clone(part));
  return copy;
}

const setSize = slotReader<number>(Set.prototype, "size");
const eachOfSet = Set.prototype.forEach;

function cloneSet(value: object, cloning: Cloning): object | undefined {
  if (setSize(value) === undefined) return undefined;
  const parts: unknown[] = [];
  apply(eachOfSet, value, [(part: unknown) => parts.push(part)]);
  const copy = cloning.keep(value, new Set());
  for (const part of parts) copy.add(cloning.clone(part));
  return copy;
}

/**
 * Prototypes whose objects are not data: promises, weak collections, generators, iterators, formatters, and the web
 * classes that Node refuses.
 */
function uncloneable(): object[] {
  const samples = [
    [].values(),
    ""[Symbol.iterator](),
    new Map().keys(),
    new Set().keys(),
    /x/[Symbol.matchAll]("x"),
    [].values().map(String),
  ].map(getPrototypeOf);
  const generators = [function* () {}, async function* () {}].map((one) =>
    getPrototypeOf(one.prototype),
  );
  const globals = ["DisposableStack", "AsyncDisposableStack"].map((name) =>
    Reflect.get(globalThis, name),
  );
  const formatters = ownKeys(Intl).map((name) => Reflect.get(Intl, name));
  const types = [Promise, WeakMap, WeakSet, Symbol, URL, URLSearchParams, Headers];
  const prototypes = [...types, ...globals, ...formatters]
    .filter(isObject)
    .map((one) => Reflect.get(one, "prototype"));
  return [...samples, ...generators, ...prototypes].filter(isObject);
}

export const KINDS: ReadonlyMap<object, Cloner> = new Map<object, Cloner>([
  ...uncloneable().map(
    (prototype) => [prototype, () => refuse("an object with hidden state")] as const,
  ),
  [Boolean.prototype, cloneBoxed(Boolean.prototype.valueOf)],
  [Number.prototype, cloneBoxed(Number.prototype.valueOf)],
  [String.prototype, cloneBoxed(String.prototype.valueOf)],
  [BigInt.prototype, cloneBoxed(BigInt.prototype.valueOf)],
  [Date.prototype, cloneDate],
  [RegExp.prototype, cloneRegExp],
  [Map.prototype, cloneMap],
  [Set.prototype, cloneSet],
  [ArrayBuffer.prototype, cloneBuffer],
  [DOMException.prototype, cloneDomException],
]);
