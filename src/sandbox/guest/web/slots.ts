/** The language's own accessors and methods, called on whatever a script gives. */
const { apply, getOwnPropertyDescriptor } = Reflect;

/** Calls a method that reads a slot: undefined from an object without it. */
export function readBy(method: (...args: never[]) => unknown, value: object): unknown {
  try {
    return apply(method, value, []);
  } catch {
    return undefined;
  }
}

/** Reads an accessor: undefined from an object without the slot behind it. */
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
