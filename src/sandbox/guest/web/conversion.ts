/** How the web's functions read their arguments, before any of them does its own work. */
/** Unlike `String(value)` this refuses symbols, as the standards ask. */
export const toText = (value: unknown): string => `${value}`;

/** Text in which every lone surrogate has become U+FFFD. */
export const toScalarText = (value: unknown): string => `${value}`.toWellFormed();

export const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

export type Callable = (...args: readonly unknown[]) => unknown;

export const isCallable = (value: unknown): value is Callable => typeof value === "function";

export function requireArguments(who: string, given: number, wanted: number): void {
  if (given >= wanted) return;
  throw new TypeError(`${who}: ${given} of ${wanted} required arguments were given`);
}

export function requireCallback(who: string, value: unknown): Callable {
  if (isCallable(value)) return value;
  throw new TypeError(`${who}: the callback is of type ${typeof value}, a function was expected`);
}

/** An options argument: left out, null or an object. */
export function readOptions(who: string, value: unknown): object {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  throw new TypeError(`${who}: the options are of type ${typeof value}, an object was expected`);
}
