/**
 * The samples beside a provider: real or documented requests, their expected results, and the proof of their sender.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { HeaderList } from "../model/message.ts";
import { describeSchemaProblems } from "../model/schema-problems.ts";

const signing = z.strictObject({
  algorithm: z.enum(["sha1", "sha256", "sha512", "ed25519", "p256", "HS256"]),
  encoding: z.enum(["hex", "base64", "base64url"]),
  /** Encoding of the key in the secret; absent when its text is the key. */
  key: z.enum(["hex", "base64", "whsec"]).optional(),
  /**
   * The signed content, with placeholders `{body}`, `{asciiBody}`, `{field:…}`, `{form}`, `{url}`, `{time}` and
   * `{header:…}`.
   */
  content: z.string().default("{body}"),
  /** The header's value. */
  value: z.string().default("{signature}"),
  /** Claims of a JSON Web Token, with placeholders `{bodyHash}` and `{soon}`. */
  claims: z.record(z.string(), z.unknown()).optional(),
});
export type Signing = z.infer<typeof signing>;

const proof = z.strictObject({
  /** The header with the proof; absent when the proof is in the query or the body. */
  header: z.string().optional(),
  /** The proof, if it is in the query or the body. */
  token: z.string().optional(),
  /** The property with the sender's secret. */
  secret: z.string().default("secret"),
  /** Text before the signature; case-sensitive. */
  prefix: z.string().default(""),
  /** A header that also proves the sender, if the first one is missing. */
  fallback: z.string().optional(),
  /** The header holds a list of signatures, of which one must be right. */
  list: z.boolean().default(false),
  /** False when the proof does not cover the body. */
  signsBody: z.boolean().default(true),
  /** The header with the signed time. */
  timestamp: z.string().optional(),
  /** The maximum age of the signed time, and its maximum in the future. */
  toleranceSeconds: z.int().optional(),
  /** How the sender signs, for `resign`. */
  signing: signing.optional(),
});
export type Proof = z.infer<typeof proof>;

export const sampleSchema = z.strictObject({
  description: z.string().regex(/\w+ ?\w*/),
  receivedAt: z.iso.datetime().optional(),
  /** The public URL of the server. */
  publicUrl: z.url().optional(),
  request: z.strictObject({
    method: z.string(),
    uri: z.string(),
    query: z.string().default(""),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
  }),
  properties: z.record(z.string(), z.string()).default({}),
  expect: z
    .strictObject({
      matched: z.boolean(),
      verified: z.boolean().optional(),
      eventType: z.string().optional(),
      deliveryId: z.string().optional(),
      reason: z.string().optional(),
      handshake: z.looseObject({ status: z.int() }).optional(),
    })
    .optional(),
  proof: proof.optional(),
});

export interface SampleRequest {
  readonly method: string;
  readonly uri: string;
  readonly query: string;
  readonly headers: HeaderList;
  readonly body: string | Buffer;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly publicUrl: string | undefined;
}

/** Values by property name; the first of a list is the current one. */
export type PropertyValues = Readonly<Record<string, string | readonly string[]>>;

export interface Sample {
  /** For example `github/push`. */
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly request: SampleRequest;
  readonly properties: PropertyValues;
  readonly expect: NonNullable<z.infer<typeof sampleSchema>["expect"]>;
  readonly proof: Proof | undefined;
}

const DEFAULT_TIME = 1_700_000_000_000;

export function requestOf({
  request,
  receivedAt,
  publicUrl,
}: z.infer<typeof sampleSchema>): SampleRequest {
  return {
    ...request,
    headers: Object.entries(request.headers),
    receivedAt: receivedAt === undefined ? DEFAULT_TIME : Date.parse(receivedAt),
    publicUrl,
  };
}

/** Empty without a samples folder. Throws `bad_configuration` for an invalid sample. */
export async function readSamples(
  providersDir: string,
  provider: string,
): Promise<readonly Sample[]> {
  const folder = join(providersDir, provider, "samples");
  if (!existsSync(folder)) return [];
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(files.map((file) => readSample(provider, join(folder, file), file)));
}

async function readSample(provider: string, path: string, file: string): Promise<Sample> {
  const parsed = sampleSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success)
    throw new HookyardError(
      "bad_configuration",
      `${path}: ${describeSchemaProblems(parsed.error, sampleSchema)}`,
    );
  const { description, properties, expect, proof: own } = parsed.data;
  if (expect === undefined)
    throw new HookyardError("bad_configuration", `${path}: expected "expect" in a sample`);
  const name = `${provider}/${file.replace(/\.json$/, "")}`;
  const request = requestOf(parsed.data);
  return { name, description, provider, properties, expect, proof: own, request };
}
