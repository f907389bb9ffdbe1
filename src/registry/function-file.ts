/** The schema of `function.json`. */
import { z } from "zod";
import { parseAddressBlock } from "../model/address-block.ts";
import { parsable } from "../model/described-checks.ts";
import { type HttpGrant, type Parsed, parseAllowedOrigin } from "../model/egress.ts";
import { patternProblem } from "../model/uri.ts";
import { NAME } from "./provider-file.ts";

const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(100).default(1),
  backoffMs: z.int().min(0).max(86_400_000).default(10_000),
  factor: z.number().min(1).max(10).default(2),
  maxBackoffMs: z.int().min(0).max(604_800_000).default(3_600_000),
});

/** Neither begins nor ends with a slash. */
const uri = parsable(/^(?:[^/]|[^/][\s\S]*[^/])?$/, (pattern) => {
  const problem = patternProblem(pattern);
  return problem === undefined ? { value: pattern } : { problem };
});

/** The rest after the scheme has no space, user, path, query, fragment or percent escape. */
const ORIGIN = /^(?:[Hh][Tt][Tt][Pp][Ss]?:\/\/)?[^\s@/\\?#%]+$/;
const BLOCK =
  /^(?:(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)|[\da-fA-F:.]{2,45})\/\d{1,3}$/;

const MAX_GRANTS = 100;

const http = z.strictObject({
  allow: z.array(parsable(ORIGIN, parseAllowedOrigin)).max(MAX_GRANTS).default([]),
  privateNetworks: z.array(parsable(BLOCK, parseAddressBlock)).max(MAX_GRANTS).default([]),
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
  outputKb: z.int().min(1).max(4096).default(256),
  logKb: z.int().min(1).max(1024).default(64),
  hostCalls: z.int().min(0).max(10_000).default(50),
  hostCallsAtOnce: z.int().min(1).max(50).default(5),
  concurrency: z.int().min(1).max(1000).default(64),
  order: z.int().optional(),
  retry: retry.prefault({}),
  isolation: z.enum(["warm", "fresh"]).default("warm"),
  /** As in `provider.json`. */
  numbers: z.literal("exact").optional(),
  http: http.prefault({}),
});
export type FunctionFile = z.infer<typeof functionFileSchema>;

/** The parsed grant. The schema has already refused invalid entries. */
export function grantOf({ allow, privateNetworks }: FunctionFile["http"]): HttpGrant {
  const readAll = <T>(texts: readonly string[], parse: (text: string) => Parsed<T>) =>
    texts.map(parse).flatMap((parsed) => ("value" in parsed ? [parsed.value] : []));
  return {
    allow: readAll(allow, parseAllowedOrigin),
    privateNetworks: readAll(privateNetworks, parseAddressBlock),
  };
}
