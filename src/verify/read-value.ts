/**
 * Validates values from scripts, with errors in the author's terms. It is small because every child loads it: the
 * library used elsewhere would be a third of a child's start time and own memory.
 */

/** Returns the value with its type; throws a `Mismatch` if it has another one. */
export type Reader<T> = (value: unknown) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

type Shape = Readonly<Record<string, Reader<unknown>>>;
export type ReadShape<S extends Shape> = { readonly [K in keyof S]: Read<S[K]> };

/** The message shows no text from the script except for enumerations: it may be a secret in the wrong place. */
export class Mismatch extends TypeError {
  readonly problem: string;
  readonly path: readonly string[];

  constructor(problem: string, path: readonly string[] = []) {
    super(path.length === 0 ? problem : `${problem} (at ${path.join(".")})`);
    this.problem = problem;
    this.path = path;
  }
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}

const ofType =
  <T>(type: string): Reader<T> =>
  (value) => {
    if (typeof value === type) return value as T;
    throw new Mismatch(`expected ${type}, received ${kindOf(value)}`);
  };

export const text = ofType<string>("string");
export const flag = ofType<boolean>("boolean");
export const anything: Reader<unknown> = (value) => value;

export const nonNegative: Reader<number> = (value) => {
  const number = ofType<number>("number")(value);
  if (number >= 0) return number;
  throw new Mismatch(`expected a number from 0 on, received ${number}`);
};

/** An enumeration. Its error shows the value, unlike that of other texts. */
export const oneOf =
  <const T extends readonly [string, ...string[]]>(values: T): Reader<T[number]> =>
  (value) => {
    if (typeof value === "string" && values.includes(value)) return value;
    const found = typeof value === "string" ? JSON.stringify(value) : kindOf(value);
    throw new Mismatch(`expected one of ${values.join(", ")}, received ${found}`);
  };

export const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value) =>
    value === undefined ? undefined : reader(value);

export const orElse =
  <T>(reader: Reader<T>, otherwise: NoInfer<T>): Reader<T> =>
  (value) =>
    value === undefined ? otherwise : reader(value);

/** Adds a check. `problemOf` returns undefined if the value is valid. */
export const checked =
  <T>(reader: Reader<T>, problemOf: (read: T) => string | undefined): Reader<T> =>
  (value) => {
    const read = reader(value);
    const problem = problemOf(read);
    if (problem !== undefined) throw new Mismatch(problem);
    return read;
  };

export const nonEmptyList =
  <T>(reader: Reader<T>): Reader<readonly [T, ...T[]]> =>
  (value) => {
    if (!Array.isArray(value)) throw new Mismatch(`expected a list, received ${kindOf(value)}`);
    const [first, ...others] = value.map((item, at) => within(String(at), () => reader(item)));
    if (first === undefined) throw new Mismatch("expected a list that is not empty");
    return [first, ...others];
  };

/** Unknown keys are errors: a misspelt option would silently weaken a check. */
export const strictObject =
  <S extends Shape>(shape: S, what = "an object"): Reader<ReadShape<S>> =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new Mismatch(`expected ${what}, received ${kindOf(value)}`);
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
    if (unknown.length > 0) {
      const known = Object.keys(shape).join(", ");
      throw new Mismatch(`unknown option ${unknown.join(", ")}, expected one of ${known}`);
    }
    const given = new Map(Object.entries(value));
    const read = Object.entries(shape).map(([key, reader]) => [
      key,
      within(key, () => reader(given.get(key))),
    ]);
    return Object.fromEntries(read);
  };

function within<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Mismatch ? new Mismatch(error.problem, [key, ...error.path]) : error;
  }
}
