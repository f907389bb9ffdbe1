/** Clones errors: standard class, message, cause and stack, as in V8. Other properties are dropped. */

import type { Cloning } from "./cloning.ts";
import { toText } from "./conversion.ts";
import { DOMException } from "./dom-exception.ts";
import { slotReader } from "./slots.ts";

const { getOwnPropertyDescriptor, defineProperty } = Reflect;

export const isError: (value: unknown) => boolean = Reflect.get(Error, "isError");

const KINDS = new Map<string, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [
    type.name,
    type,
  ]),
);

/** A stack that is not text is dropped. */
function copyStack(from: object, to: Error): void {
  const stack: unknown = Reflect.get(from, "stack");
  Reflect.set(to, "stack", typeof stack === "string" ? stack : undefined);
}

const isData = (found: PropertyDescriptor | undefined): found is PropertyDescriptor =>
  found !== undefined && Object.hasOwn(found, "value");

export function cloneError(value: object, cloning: Cloning): object {
  const message = getOwnPropertyDescriptor(value, "message");
  const cause = getOwnPropertyDescriptor(value, "cause");
  const Kind = KINDS.get(toText(Reflect.get(value, "name"))) ?? Error;
  const copy = cloning.keep(value, new Kind());
  const define = (key: string, part: unknown) =>
    defineProperty(copy, key, { value: part, writable: true, configurable: true });
  if (isData(message)) define("message", toText(message.value));
  copyStack(value, copy);
  if (isData(cause)) define("cause", cloning.clone(cause.value));
  return copy;
}

const nameOf = slotReader<string>(DOMException.prototype, "name");
const messageOf = slotReader<string>(DOMException.prototype, "message");

export function cloneDomException(value: object, cloning: Cloning): object | undefined {
  const name = nameOf(value);
  if (name === undefined) return undefined;
  const copy = cloning.keep(value, new DOMException(messageOf(value), name));
  copyStack(value, copy);
  return copy;
}
