/** `about.json` beside a provider: content for its page, and the evidence that its verification is right. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { describeSchemaProblems } from "../model/schema-problems.ts";

const text = z.string().min(10);

/** Evidence for the provider besides our own tests. */
const evidence = z.discriminatedUnion("level", [
  z.strictObject({
    level: z.literal("vendor vector"),
    /** Where the vendor publishes the vector. */
    published: text,
    /** The samples made from the vector. */
    samples: z.array(z.string()).nonempty(),
  }),
  z.strictObject({
    level: z.literal("independent implementation"),
    /** Name of an npm package; package.json pins its version. */
    package: z.string(),
    /** What the package did: signed what our script verifies, or verified what we sign. */
    how: text,
  }),
  z.strictObject({
    level: z.literal("published request"),
    /** The source of a request that the sender or its vendor signed. It was verified once and may not be copied. */
    published: text,
    /** Samples of our own with the same headers and the same form of the signature. */
    samples: z.array(z.string()).nonempty(),
  }),
  z.strictObject({
    level: z.literal("vector of another project"),
    /** The tests of another implementation that accept it. It was verified once and may not be copied. */
    published: text,
    /** Samples of our own with the same headers and the same form of the signature. */
    samples: z.array(z.string()).nonempty(),
  }),
  z.strictObject({ level: z.literal("our reading of the documents"), documents: text }),
]);
export type Evidence = z.infer<typeof evidence>;

const aboutSchema = z.strictObject({
  /** The sender's own name for itself. */
  title: z.string().min(1),
  /** Set-up steps at the sender, in order; `{url}` stands for the address to enter. */
  setUp: z.array(text).nonempty(),
  contentType: z.string().min(3),
  /** The requests that it sends, and the part that names the event. */
  sends: text,
  /** The verified proof, the content it covers, and its documentation. */
  verifiedBy: text,
  /** How handshakes are answered; only for providers that export `handshake`. */
  handshakes: text.optional(),
  /** How repeated deliveries are recognised, or why they are not. */
  duplicates: text,
  notes: z.array(text).default([]),
  /** The first entry covers the most common set-up; among several for the same set-up, the strongest is listed. */
  evidence: z.array(evidence).nonempty(),
});
export type About = z.infer<typeof aboutSchema>;

/** Undefined without the file. Throws `bad_configuration` when the file is invalid. */
export async function readAbout(
  providersDir: string,
  provider: string,
): Promise<About | undefined> {
  const path = join(providersDir, provider, "about.json");
  if (!existsSync(path)) return undefined;
  const parsed = aboutSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new HookyardError(
    "bad_configuration",
    `${path}: ${describeSchemaProblems(parsed.error, aboutSchema)}`,
  );
}

/** The first piece of evidence, in words. */
export function evidenceText({ evidence: [first] }: About): string {
  switch (first?.level) {
    case "vendor vector":
      return `vendor vector (${first.published})`;
    case "published request":
      return `published request (${first.published})`;
    case "vector of another project":
      return `vector of another project (${first.published})`;
    case "independent implementation":
      return `independent implementation (${first.package})`;
    default:
      return "our reading of the documents";
  }
}
