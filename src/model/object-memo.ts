/**
 * Caches a value computed from an object on the object itself. A `WeakMap` would hold every entry until the next full
 * garbage collection, which for messages costs more than computing the value again. A changed copy (`{ ...message }`)
 * does not carry the cached value.
 */
export interface ObjectMemo<Owner extends object, Value> {
  readonly of: (owner: Owner) => Value | undefined;
  readonly keep: (owner: Owner, value: Value) => Value;
}

/** `name` is shown in a debugger. */
export function objectMemo<Owner extends object, Value>(name: string): ObjectMemo<Owner, Value> {
  const key = Symbol(name);
  return {
    of: (owner) => (owner as Owner & { readonly [key]?: Value })[key],
    keep: (owner, value) => {
      Object.defineProperty(owner, key, { value, writable: true, configurable: true });
      return value;
    },
  };
}
