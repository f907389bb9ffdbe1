// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is a value.
/**
 * `structuredClone`. The class of an object is found by its prototypes and confirmed by its internal slots, since a
 * script may give any object any prototype. A Proxy cannot be detected: unlike in Node, its target is cloned.
 */
import { cloneView } from "./clone-bytes.ts";
import { cloneError, isError } from "./clone-errors.ts";
import { KINDS } from "./clone-kinds.ts";
import { type Cloner, type Cloning, refuse } from "./cloning.ts";
import { readOptions, requireArguments } from "./conversion.ts";

const { isView } = ArrayBuffer;
const { isArray } = Array;
const { keys, hasOwn } = Object;
const { defineProperty, getPrototypeOf } = Reflect;

function clonerOf(value: object): Cloner | undefined {
  if (isView(value)) return cloneView;
  let prototype = getPrototypeOf(value);
  while (prototype !== null) {
    const cloner = KINDS.get(prototype);
    if (cloner !== undefined) return cloner;
    prototype = getPrototypeOf(prototype);
  }
  return undefined;
}

/** Clones own enumerable properties. A getter may remove later ones. */
function cloneProperties(value: object, copy: object, cloning: Cloning): object {
  for (const key of keys(value)) {
    if (!hasOwn(value, key)) continue;
    const part = cloning.clone(Reflect.get(value, key));
    defineProperty(copy, key, {
      value: part,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

function cloneArray(value: readonly unknown[], cloning: Cloning): object {
  const copy: unknown[] = [];
  copy.length = value.length;
  return cloneProperties(value, cloning.keep(value, copy), cloning);
}

function cloneObject(value: object, cloning: Cloning): object {
  if (isArray(value)) return cloneArray(value, cloning);
  const special = clonerOf(value)?.(value, cloning);
  if (special !== undefined) return special;
  if (isError(value)) return cloneError(value, cloning);
  return cloneProperties(value, cloning.keep(value, {}), cloning);
}

function makeCloning(): Cloning {
  const copies = new Map<object, object>();
  const cloning: Cloning = {
    keep(original, copy) {
      copies.set(original, copy);
      return copy;
    },
    clone(value) {
      if (typeof value === "function" || typeof value === "symbol") refuse(`a ${typeof value}`);
      if (typeof value !== "object" || value === null) return value;
      return copies.get(value) ?? cloneObject(value, cloning);
    },
  };
  return cloning;
}

function asIterable(transfer: unknown): Iterable<unknown> {
  if (isArray(transfer)) return transfer;
  throw new TypeError(
    `structuredClone: transfer is of type ${typeof transfer}, an array was expected`,
  );
}

const functions = {
  structuredClone(value: unknown, options?: unknown): unknown {
    requireArguments("structuredClone", arguments.length, 1);
    const transfer: unknown = Reflect.get(readOptions("structuredClone", options), "transfer");
    // Not supported: a script that no longer needs a buffer can just drop it.
    if (transfer !== undefined && [...asIterable(transfer)].length > 0)
      refuse("what is to be transferred");
    return makeCloning().clone(value);
  },
};

/** A method, since a function would have a `prototype` on which a run could leave data. */
export const structuredClone = functions.structuredClone;
