/** `function.json`: what may stand in it. */
import { z } from "zod";
import { patternProblem } from "../model/uri.ts";
import { NAME } from "./provider-file.ts";

const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(100).default(1),
  backoffMs: z.int().min(0).max(86_400_000).default(10_000),
  factor: z.number().min(1).max(10).default(2),
  maxBackoffMs: z.int().min(0).max(604_800_000).default(3_600_000),
});

const uri = z.string().superRefine((pattern, context) => {
  const problem = patternProblem(pattern);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

export const functionFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .regex(NAME, "expected lower-case letters, digits and dashes, as in the folder's name"),
  description: z.string().default(""),
  provider: z.string().min(1),
  uri,
  active: z.boolean().default(true),
  sync: z.boolean().default(false),
  timeoutMs: z.int().min(10).max(300_000).default(30_000),
  cpuMs: z.int().min(10).max(300_000).default(5000),
  memoryMb: z.int().min(8).max(512).default(64),
  concurrency: z.int().min(1).max(1000).default(64),
  order: z.int().optional(),
  retry: retry.prefault({}),
  isolation: z.enum(["warm", "fresh"]).default("warm"),
});
export type FunctionFile = z.infer<typeof functionFileSchema>;
