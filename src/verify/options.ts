/** Options come from scripts, so they are validated, with errors in the author's terms. */
import { checked, kindOf, Mismatch, type Reader, strictObject, text } from "./read-value.ts";

/** The schema of a scheme's options. */
export const optionsOf = <S extends Parameters<typeof strictObject>[0]>(shape: S) =>
  strictObject(shape, "an object of options");

/** Validated options by reader and options object: a script passes the same object for every message. */
const optionsRead = new WeakMap<Reader<unknown>, WeakMap<object, unknown>>();

export function readOptions<T>(scheme: string, reader: Reader<T>, options: unknown): T {
  const given = Object(options);
  const before = optionsRead.get(reader) ?? new WeakMap<object, unknown>();
  if (before.has(given)) return before.get(given) as T;
  try {
    const read = reader(options);
    optionsRead.set(reader, before.set(given, read));
    return read;
  } catch (error) {
    throw error instanceof Mismatch
      ? new TypeError(`ctx.verify.${scheme}: ${error.message}`)
      : error;
  }
}

/**
 * The live values of a secret or key; one that matches is enough. Unset values are left out, so that a script may
 * list properties that are empty.
 */
export const liveValues: Reader<readonly string[]> = (given) => {
  const values: readonly unknown[] = [given].flat();
  return values.flatMap((value) => {
    if (value === undefined || value === null || value === "") return [];
    if (typeof value === "string") return [value];
    // Shows only the type: the value may be a secret in the wrong shape.
    throw new Mismatch(`expected a string or a list of strings, received ${kindOf(given)}`);
  });
};

export const headerName = checked(text, (name) =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
    ? undefined
    : `expected the name of a header, received ${JSON.stringify(name)}`,
);
