/** Calls built-in accessors and methods on values of scripts. */
const { apply, getOwnPropertyDescriptor } = Reflect;

/** Calls a method that reads an internal slot; undefined if the object lacks it. */
export function readBy(method: (...args: never[]) => unknown, value: object): unknown {
  try {
    return apply(method, value, []);
  } catch {
    return undefined;
  }
}

/** Returns a reader for an accessor, which returns undefined if the object lacks the internal slot. */
export function slotReader<T>(prototype: object | null, key: string | symbol) {
  const getter = prototype === null ? undefined : getOwnPropertyDescriptor(prototype, key)?.get;
  if (getter === undefined) throw new Error(`there is no accessor ${String(key)}`);
  return (value: object): T | undefined => {
    try {
      return apply(getter, value, []);
    } catch {
      return undefined;
    }
  };
}
