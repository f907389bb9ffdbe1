/** Options come from scripts: nothing is assumed of them, and a mistake is told in the script author's terms. */
import { z } from "zod";

/** One scheme's options; an option it does not know is a mistake, as a misspelt one would silently weaken the check. */
export const optionsOf = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown option ${issue.keys?.join(", ")}, expected one of ${Object.keys(shape).join(", ")}`
        : `expected an object of options, received ${kindOf(issue.input)}`,
  });

/** By the options as they were given: a script gives the same ones for message after message. */
const optionsRead = new WeakMap<z.ZodType, WeakMap<object, unknown>>();

export function readOptions<T>(scheme: string, schema: z.ZodType<T>, options: unknown): T {
  const given = Object(options);
  const read = optionsRead.get(schema) ?? new WeakMap<object, unknown>();
  if (read.has(given)) return read.get(given) as T;
  const parsed = schema.safeParse(options);
  if (parsed.success) {
    optionsRead.set(schema, read.set(given, parsed.data));
    return parsed.data;
  }
  throw new TypeError(
    `ctx.verify.${scheme}: ${z.prettifyError(parsed.error).replaceAll(/\s+/g, " ")}`,
  );
}

/**
 * The live values of a secret or key, any of which is enough. Values that are not set are left out, so that a script
 * may list properties of which some are empty.
 */
export const liveValues = z
  .union([z.string(), z.array(z.string().nullish())], {
    // The kind only: the value may be a secret in the wrong shape.
    error: (issue) => `expected a string or a list of strings, received ${kindOf(issue.input)}`,
  })
  .nullish()
  .transform((given) => [given].flat().filter((value) => typeof value === "string" && value))
  .transform((values) => values.map(String));

export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, {
  error: (issue) => `expected the name of a header, received ${JSON.stringify(issue.input)}`,
});

export const toleranceSeconds = z.number().nonnegative();

/** An enumeration whose error names what was found, too. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, {
    error: (issue) => `expected one of ${values.join(", ")}, received ${shown(issue.input)}`,
  });

const shown = (input: unknown) =>
  typeof input === "string" ? JSON.stringify(input) : kindOf(input);

function kindOf(input: unknown): string {
  if (input === null) return "null";
  return Array.isArray(input) ? "a list" : typeof input;
}
