/** Providers and functions in a folder and in the API: the same fields, compared one by one. */
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { DefinitionKind } from "../../model/definition.ts";
import { functionFileSchema } from "../../registry/function-file.ts";
import { providerFileSchema } from "../../registry/provider-file.ts";

export type Kind = DefinitionKind;
export const KINDS = ["provider", "function"] as const satisfies readonly Kind[];

export interface Layout {
  /** Name of the parent folder, and path in the API. */
  readonly plural: "providers" | "functions";
  readonly file: string;
  /** Base name of the script, without extension. */
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
  /** All fields of the JSON file; a field that was left out has its default. */
  readonly fields: Fields;
  readonly script: string;
}

const NOT_COMPARED = new Set(["$schema"]);

/** Completes the given fields with defaults, and drops unknown ones. */
export function complete(kind: Kind, given: Fields): Fields {
  const entries = Object.entries(LAYOUTS[kind].shape)
    .filter(([field]) => !NOT_COMPARED.has(field))
    .map(
      ([field, schema]) => [field, completed(field, schema, given[field] ?? undefined)] as const,
    );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function completed(field: string, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(field === "properties" ? declaredFields(value) : value);
  // An invalid value is kept, so that the server can report it.
  return parsed.success ? parsed.data : value;
}

export const PROPERTY_FIELDS = ["name", "description", "secret", "required", "env"] as const;

/** Removes what the API adds about the values of properties. */
const declaredFields = (properties: unknown): unknown =>
  Array.isArray(properties)
    ? properties.map((one: unknown) => {
        const fields: Fields = Object(one);
        const declared = PROPERTY_FIELDS.map((name) => [name, fields[name] ?? undefined] as const);
        return Object.fromEntries(declared.filter(([, value]) => value !== undefined));
      })
    : properties;

/** The definition as the server's database takes it: without the names of environment variables. */
export function withoutVariables<Some extends Pick<Definition, "fields">>(definition: Some): Some {
  const { properties } = definition.fields;
  if (!Array.isArray(properties)) return definition;
  const stripped = properties.map((one: object) => {
    const { env: _, ...rest } = { env: undefined, ...one };
    return rest;
  });
  return { ...definition, fields: { ...definition.fields, properties: stripped } };
}

/** The definition with the variables that the properties of the same name have in `local`: the server knows none. */
export function withVariablesOf(definition: Definition, local: Fields): Definition {
  const { properties } = definition.fields;
  if (!Array.isArray(properties) || !Array.isArray(local["properties"])) return definition;
  const variables = new Map(local["properties"].map((one) => [Object(one).name, Object(one).env]));
  const named = properties.map((one: object) => {
    const env: unknown = variables.get(Object(one).name);
    return env === undefined ? one : { env, ...one };
  });
  const fields = { ...definition.fields, properties: named };
  return { ...definition, fields: complete(definition.kind, fields) };
}

/** The environment variables that its properties name. */
export function variablesOf({ fields: { properties } }: Definition): readonly string[] {
  if (!Array.isArray(properties)) return [];
  const names: readonly unknown[] = properties.map((one: unknown) => Object(one).env);
  return names.filter((name) => typeof name === "string");
}

export const isSame = (a: Definition, b: Definition): boolean =>
  a.script === b.script && isDeepStrictEqual(a.fields, b.fields);

/** The JSON file for these fields: without defaults, in the order of the schema. */
export function fileText({ kind, fields }: Pick<Definition, "kind" | "fields">): string {
  const byDefault = complete(kind, {});
  const changed = Object.entries(fields)
    .filter(([field, value]) => !isDeepStrictEqual(value, byDefault[field]))
    .map(
      ([field, value]) => [field, field === "properties" ? withoutDefaults(value) : value] as const,
    );
  return `${JSON.stringify(Object.fromEntries(changed), undefined, 2)}\n`;
}

/** Removes fields of a property that have their default. */
const withoutDefaults = (properties: unknown): unknown =>
  Array.isArray(properties)
    ? properties.map((one: object) =>
        Object.fromEntries(
          Object.entries(one).filter(([, value]) => value !== "" && value !== false),
        ),
      )
    : properties;
