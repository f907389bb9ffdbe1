/**
 * Checks that Zod cannot express by itself, and how JSON Schema says them. A check without such a description is one
 * that JSON Schema cannot say.
 */
import { z } from "zod";

/** Marks an issue of a check that the JSON Schema of the value has too. */
const DESCRIBED = { described: true } as const;

/** Exactly one field of each pair is given. */
export const eitherOf = <Schema extends z.ZodType<object>>(
  schema: Schema,
  ...pairs: readonly (readonly [string, string])[]
): Schema => {
  const oneOf = pairs.map(([a, b]) => ({ oneOf: [{ required: [a] }, { required: [b] }] }));
  const isGiven = (body: object, name: string) => Reflect.get(body, name) !== undefined;
  return pairs
    .reduce(
      (checked, [a, b]) =>
        checked.refine((body) => isGiven(body, a) !== isGiven(body, b), {
          error: `expected either ${a} or ${b}`,
          params: DESCRIBED,
        }),
      schema,
    )
    .meta(oneOf.length === 1 ? { ...oneOf[0] } : { allOf: oneOf });
};

/** At least one field is given. */
export const notEmpty = <Schema extends z.ZodType<object>>(schema: Schema, error: string): Schema =>
  schema
    .refine((given) => Object.values(given).some((part) => part !== undefined), {
      error,
      params: DESCRIBED,
    })
    .meta({ minProperties: 1 });

/** No item is there twice. */
export const withoutRepeats = <Schema extends z.ZodType<readonly string[]>>(
  schema: Schema,
): Schema =>
  schema
    .refine((items) => new Set(items).size === items.length, {
      error: "found a name more than once, expected each once",
      params: DESCRIBED,
    })
    .meta({ uniqueItems: true });

/** At most `max` characters. Zod counts UTF-16 code units, JSON Schema counts whole characters. */
export const atMostCharacters = (
  max: number,
  schema: z.ZodString,
  error = `expected at most ${max} characters`,
): z.ZodString =>
  schema
    .refine((text) => text.length <= max || [...text].length <= max, { error, params: DESCRIBED })
    .meta({ maxLength: max });

/** A text that `parse` accepts. `pattern` is what JSON Schema can say of it. */
export const parsable = (
  pattern: RegExp,
  parse: (text: string) => { readonly value: unknown } | { readonly problem: string },
): z.ZodString =>
  z
    .string()
    .superRefine((text, context) => {
      const parsed = parse(text);
      if ("value" in parsed) return;
      const params = { described: !pattern.test(text) };
      context.addIssue({ code: "custom", message: parsed.problem, params });
    })
    .meta({ pattern: pattern.source });

/** Whether JSON Schema refuses the value as well. */
export function isDescribed(issue: z.core.$ZodIssue): boolean {
  switch (issue.code) {
    case "custom":
      return issue.params?.["described"] === true;
    case "invalid_union":
      // The value is one of the union by JSON Schema if one branch has only issues that JSON Schema cannot say.
      return issue.errors.every((branch) => branch.some(isDescribed));
    case "invalid_key":
    case "invalid_element":
      return issue.issues.length === 0 || issue.issues.some(isDescribed);
    default:
      return true;
  }
}
