/** Options come from scripts: nothing is assumed of them, and a mistake is told in the script author's terms. */
import { checked, kindOf, Mismatch, type Reader, strictObject, text } from "./read-value.ts";

/** One scheme's options. */
export const optionsOf = <S extends Parameters<typeof strictObject>[0]>(shape: S) =>
  strictObject(shape, "an object of options");

/** By the options as they were given: a script gives the same ones for message after message. */
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
 * The live values of a secret or key, any of which is enough. Values that are not set are left out, so that a script
 * may list properties of which some are empty.
 */
export const liveValues: Reader<readonly string[]> = (given) => {
  const values: readonly unknown[] = [given].flat();
  return values.flatMap((value) => {
    if (value === undefined || value === null || value === "") return [];
    if (typeof value === "string") return [value];
    // The kind only: the value may be a secret in the wrong shape.
    throw new Mismatch(`expected a string or a list of strings, received ${kindOf(given)}`);
  });
};

export const headerName = checked(text, (name) =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
    ? undefined
    : `expected the name of a header, received ${JSON.stringify(name)}`,
);
