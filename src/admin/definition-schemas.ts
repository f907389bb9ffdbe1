/** Schemas of providers and functions in the API: the fields of their JSON file, and the script. */
import { z } from "zod";
import { VERIFICATION_MODES } from "../model/decision.ts";
import { functionFileSchema } from "../registry/function-file.ts";
import { providerFileSchema } from "../registry/provider-file.ts";

const note = z
  .string()
  .max(500)
  .optional()
  .describe("The reason of the change, for the list of versions.");
const script = z.string().describe("The source text, TypeScript or JavaScript.");

const providerFields = providerFileSchema.omit({ $schema: true });
const functionFields = functionFileSchema.omit({ $schema: true });

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
export const changedDefinition = z.object({ name: z.string(), ...state });

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
const patchOf = (shape: z.ZodRawShape) =>
  z.strictObject({
    ...Object.fromEntries(
      Object.entries(shape).map(([key, field]) => {
        if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault)
          return [key, (field.unwrap() as z.ZodType).nullish()];
        if (field instanceof z.ZodOptional) return [key, field.nullable()];
        return [key, (field as z.ZodType).optional()];
      }),
    ),
    script: script.optional(),
    note,
  });

export const schemasOf = {
  provider: {
    create: z.strictObject({ ...providerFields.shape, script, note }),
    patch: patchOf(providerFields.shape),
    listed: listedProvider,
    shown: listedProvider.extend({ script }),
    definition: providerFields,
  },
  function: {
    create: z.strictObject({ ...functionFields.shape, script, note }),
    patch: patchOf(functionFields.shape),
    listed: listedFunction,
    shown: listedFunction.extend({ script }),
    definition: functionFields,
  },
} as const;

export const listedVersion = z.object({
  number: z.int(),
  version: z.string(),
  source: z.enum(["file", "database"]),
  author: z.string().nullable().describe("The name of a token; null for files."),
  note: z.string().nullable(),
  createdAt: z.iso.datetime(),
  active: z.boolean().describe("Whether this version is in use."),
});
