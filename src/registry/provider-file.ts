/** The schema of `provider.json`. */
import { z } from "zod";
import { VERIFICATION_MODES } from "../model/decision.ts";
import { whenSchema } from "./when-schema.ts";

export const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const name = z
  .string()
  .regex(NAME, "expected lower-case letters, digits and dashes, as in the folder's name");

export const propertySchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(""),
  secret: z.boolean().default(false),
  required: z.boolean().default(false),
  /**
   * The environment variable that supplies the value; `<env>_PREVIOUS` supplies a second one that is still accepted.
   */
  env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, "expected the name of an environment variable")
    .optional(),
});

export const providerFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name,
  description: z.string().default(""),
  priority: z.int().min(1),
  active: z.boolean().default(true),
  when: whenSchema.optional(),
  verification: z.enum(VERIFICATION_MODES).default("auto"),
  dedupe: z.int().min(0).max(2_592_000).default(0),
  sync: z.boolean().default(false),
  acceptStatus: z.int().min(200).max(299).default(202),
  /** Integers beyond 2^53 are BigInts in the payload; rounded if absent. */
  numbers: z.literal("exact").optional(),
  properties: z.array(propertySchema).default([]),
  /** Further headers that are masked in the logs, results and errors of scripts, besides those with a telling name. */
  secretHeaders: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, "expected a header name"))
    .max(100)
    .optional(),
});
export type ProviderFile = z.infer<typeof providerFileSchema>;
