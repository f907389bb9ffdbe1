/**
 * What was worked out of an object, kept with it. A `WeakMap` would keep all that it was ever given until the next full
 * collection, which for every message costs more than working it out again. A changed copy (`{ ...it }`) has none of it.
 */
export interface ObjectMemo<Owner extends object, Value> {
  readonly of: (owner: Owner) => Value | undefined;
  readonly keep: (owner: Owner, value: Value) => Value;
}

/** `name` is for whoever looks at an owner in a debugger. */
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
