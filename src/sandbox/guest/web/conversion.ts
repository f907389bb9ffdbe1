/** Converts the arguments of web functions. */
/** Unlike `String(value)`, this throws for symbols, as the standards require. */
export const toText = (value: unknown): string => `${value}`;

/** The text with every lone surrogate replaced by U+FFFD. */
export const toScalarText = (value: unknown): string => `${value}`.toWellFormed();

export const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

export type Callable = (...args: readonly unknown[]) => unknown;

export const isCallable = (value: unknown): value is Callable => typeof value === "function";

export function requireArguments(caller: string, given: number, wanted: number): void {
  if (given >= wanted) return;
  throw new TypeError(`${caller}: ${given} of ${wanted} required arguments were given`);
}

export function requireCallback(caller: string, value: unknown): Callable {
  if (isCallable(value)) return value;
  throw new TypeError(
    `${caller}: the callback is of type ${typeof value}, a function was expected`,
  );
}

/** Reads an options argument: missing, null or an object. */
export function readOptions(caller: string, value: unknown): object {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  throw new TypeError(`${caller}: the options are of type ${typeof value}, an object was expected`);
}
