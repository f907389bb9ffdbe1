/** Providers and functions as they stand in a folder and as the API has them: the same fields, compared field by field. */
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { DefinitionKind } from "../../model/definition.ts";
import { functionFileSchema } from "../../registry/function-file.ts";
import { providerFileSchema } from "../../registry/provider-file.ts";

export type Kind = DefinitionKind;
export const KINDS = ["provider", "function"] as const satisfies readonly Kind[];

export interface Layout {
  /** The folder of all of them, and their path in the API. */
  readonly plural: "providers" | "functions";
  readonly file: string;
  /** Without extension. */
  readonly script: string;
  readonly shape: Readonly<Record<string, z.ZodType>>;
}

export const LAYOUTS: Readonly<Record<Kind, Layout>> = {
  provider: {
    plural: "providers",
    file: "provider.json",
    script: "match",
    shape: providerFileSchema.shape,
  },
  function: {
    plural: "functions",
    file: "function.json",
    script: "index",
    shape: functionFileSchema.shape,
  },
};

export type Fields = Readonly<Record<string, unknown>>;

export interface Definition {
  readonly kind: Kind;
  readonly name: string;
  /** Every field of the JSON file, with its default where it was left out. */
  readonly fields: Fields;
  readonly script: string;
}

const NOT_COMPARED = new Set(["$schema"]);

/** The fields there are of what was given, all of them. What is no field is left out. */
export function complete(kind: Kind, given: Fields): Fields {
  const entries = Object.entries(LAYOUTS[kind].shape)
    .filter(([field]) => !NOT_COMPARED.has(field))
    .map(
      ([field, schema]) => [field, completed(field, schema, given[field] ?? undefined)] as const,
    );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function completed(field: string, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(field === "properties" ? known(value) : value);
  // What is wrong with it the server says, in its own words.
  return parsed.success ? parsed.data : value;
}

export const PROPERTY_FIELDS = ["name", "description", "secret", "required", "env"] as const;

/** Without what the API tells of their values. */
const known = (properties: unknown): unknown =>
  Array.isArray(properties)
    ? properties.map((one: unknown) => {
        const fields: Fields = Object(one);
        const told = PROPERTY_FIELDS.map((name) => [name, fields[name] ?? undefined] as const);
        return Object.fromEntries(told.filter(([, value]) => value !== undefined));
      })
    : properties;

export const isSame = (a: Definition, b: Definition): boolean =>
  a.script === b.script && isDeepStrictEqual(a.fields, b.fields);

/** What stands in the JSON file: what differs from its default, in the order of the schema. */
export function fileText({ kind, fields }: Pick<Definition, "kind" | "fields">): string {
  const byDefault = complete(kind, {});
  const told = Object.entries(fields)
    .filter(([field, value]) => !isDeepStrictEqual(value, byDefault[field]))
    .map(([field, value]) => [field, field === "properties" ? brief(value) : value] as const);
  return `${JSON.stringify(Object.fromEntries(told), undefined, 2)}\n`;
}

/** A property without what it leaves at its default. */
const brief = (properties: unknown): unknown =>
  Array.isArray(properties)
    ? properties.map((one: object) =>
        Object.fromEntries(
          Object.entries(one).filter(([, value]) => value !== "" && value !== false),
        ),
      )
    : properties;
