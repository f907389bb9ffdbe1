/** Schemas of providers and functions in the API: the fields of their JSON file, and the script. */
import { z } from "zod";
import { VERIFICATION_MODES } from "../model/decision.ts";
import { atMostCharacters } from "../model/described-checks.ts";
import { functionFileSchema } from "../registry/function-file.ts";
import { propertySchema, providerFileSchema } from "../registry/provider-file.ts";

const note = atMostCharacters(500, z.string())
  .optional()
  .describe("The reason of the change, for the list of versions.");
const script = z.string().describe("The source text, TypeScript or JavaScript.");

/** A provider in the database names no environment variable: a token for scripts must not read them. */
const NO_ENV =
  "expected none: only provider.json in a folder of the server can name environment variables, because a token for scripts must not read the server's environment; leave env out, and set the value with PUT /api/v1/providers/<provider>/properties/<property> or `hookyard secret set <provider> <property>`";

const providerFields = providerFileSchema.omit({ $schema: true });
const ownProperties = z
  .array(
    propertySchema.extend({
      env: z
        .never({ error: ({ input }) => `found env ${JSON.stringify(input)}, ${NO_ENV}` })
        .optional(),
    }),
  )
  .default([]);
/** `/providers/order` is the order of all providers. */
const ORDER = "order";
const ownName = providerFields.shape.name
  .refine((name) => name !== ORDER, {
    error: "expected another name: /api/v1/providers/order is the order of all providers",
    params: { described: true },
  })
  .meta({ not: { const: ORDER } });
/** The fields of a provider that is written over the API. */
const writtenProvider = providerFields.extend({ name: ownName, properties: ownProperties });
const functionFields = functionFileSchema.omit({ $schema: true });

/** The word for each kind in names of schemas and calls. */
export const NOUNS = { provider: "Provider", function: "Function" } as const;

/** Where it is installed, and the version in use. */
const state = {
  source: z.enum(["file", "database"]),
  version: z.string().nullable().describe("The hash that match traces and executions refer to."),
  number: z.int().nullable().describe("The number of the version in the database; null for files."),
  shadows: z
    .int()
    .nullable()
    .describe(
      "The number of the version in the database that is not used, because a folder has the same name.",
    ),
  problem: z.string().nullable().describe("Why it cannot be used, with the position."),
};

/** The answer to a change for a caller that may not read scripts. */
export const changedDefinition = z
  .object({ name: z.string(), ...state })
  .meta({ id: "DefinitionState" });

const shownProperty = providerFields.shape.properties.removeDefault().element.extend({
  set: z.boolean().describe("Whether it has a value."),
  value: z.string().optional().describe("Its value, unless it is a secret."),
});

const listedProvider = z.object({
  ...providerFields.shape,
  ...state,
  properties: z.array(shownProperty),
  verificationInForce: z
    .enum(VERIFICATION_MODES)
    .exclude(["auto"])
    .nullable()
    .describe("The mode that `auto` resolves to; null for a provider that cannot be used."),
  acceptsUnverified: z
    .boolean()
    .describe("Whether functions run on messages whose sender is not verified."),
});
const listedFunction = z.object({ ...functionFields.shape, ...state });

/** Drops the defaults of fields: an absent field keeps its value, and `null` restores the default. */
const changesOf = (shape: z.ZodRawShape) =>
  Object.fromEntries(
    Object.entries(shape).map(([key, field]) => {
      if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault)
        return [key, (field.unwrap() as z.ZodType).nullish()];
      if (field instanceof z.ZodOptional) return [key, field.nullable()];
      return [key, (field as z.ZodType).optional()];
    }),
  );

const patchOf = (shape: z.ZodRawShape) =>
  z.strictObject({ ...changesOf(shape), script: script.optional(), note });

/** A draft for a test run, which has its script beside it. */
const draftOf = (shape: typeof providerFileSchema.shape | typeof functionFileSchema.shape) =>
  z.strictObject({ ...changesOf(shape), name: shape.name.optional() });

/** A draft among several, with its script inside. */
const namedDraftOf = (shape: typeof providerFileSchema.shape | typeof functionFileSchema.shape) =>
  z.strictObject({ ...changesOf(shape), name: shape.name, script: script.optional(), note });

export const schemasOf = {
  provider: {
    create: z.strictObject({ ...writtenProvider.shape, script, note }).meta({ id: "NewProvider" }),
    patch: patchOf(writtenProvider.shape).meta({ id: "ProviderChanges" }),
    draft: draftOf(providerFileSchema.shape).meta({ id: "ProviderFields" }),
    namedDraft: namedDraftOf(providerFileSchema.shape).meta({ id: "ProviderDraft" }),
    listed: listedProvider.meta({ id: "ListedProvider" }),
    shown: listedProvider.extend({ script }).meta({ id: "Provider" }),
    definition: providerFields.meta({ id: "ProviderDefinition" }),
  },
  function: {
    create: z.strictObject({ ...functionFields.shape, script, note }).meta({ id: "NewFunction" }),
    patch: patchOf(functionFields.shape).meta({ id: "FunctionChanges" }),
    draft: draftOf(functionFileSchema.shape).meta({ id: "FunctionFields" }),
    namedDraft: namedDraftOf(functionFileSchema.shape).meta({ id: "FunctionDraft" }),
    listed: listedFunction.meta({ id: "ListedFunction" }),
    shown: listedFunction.extend({ script }).meta({ id: "Function" }),
    definition: functionFields.meta({ id: "FunctionDefinition" }),
  },
} as const;

export const listedVersion = z
  .object({
    number: z.int(),
    version: z.string(),
    source: z.enum(["file", "database"]),
    author: z.string().nullable().describe("The name of a token; null for files."),
    note: z.string().nullable(),
    createdAt: z.iso.datetime(),
    active: z.boolean().describe("Whether this version is in use."),
  })
  .meta({ id: "Version" });
