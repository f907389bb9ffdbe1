/** `about.json` beside a provider: what its page says beyond `provider.json`, and how the provider was proved. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HookyardError } from "../errors.ts";

const text = z.string().min(10);

/** What speaks for the provider beside tests of our own making. */
const evidence = z.discriminatedUnion("level", [
  z.strictObject({
    level: z.literal("vendor vector"),
    /** Where it is published. */
    published: text,
    /** The samples that hold it. */
    samples: z.array(z.string()).nonempty(),
  }),
  z.strictObject({
    level: z.literal("independent implementation"),
    /** Of the npm registry; its version stands in package.json. */
    package: z.string(),
    /** What it did: signed what is verified here, or verified what is signed here. */
    how: text,
  }),
  z.strictObject({ level: z.literal("our reading of the documents"), documents: text }),
]);
export type Evidence = z.infer<typeof evidence>;

const aboutSchema = z.strictObject({
  /** The sender's own name. */
  title: z.string().min(1),
  /** Steps at the sender, in order; `{url}` stands for the address to enter. */
  setUp: z.array(text).nonempty(),
  contentType: z.string().min(3),
  /** What comes in, and what names the event. */
  sends: text,
  /** What is verified, over what, and where it stands. */
  verifiedBy: text,
  /** What is answered without any function; for those that export `handshake`. */
  handshakes: text.optional(),
  /** How the duplicate of a delivery is told, or why it is not. */
  duplicates: text,
  notes: z.array(text).default([]),
  /** First what speaks for the way most senders are set up; of several for the same way, the strongest. */
  evidence: z.array(evidence).nonempty(),
});
export type About = z.infer<typeof aboutSchema>;

/** Undefined where there is none. Throws `bad_configuration` when it is not as expected. */
export async function readAbout(
  providersDir: string,
  provider: string,
): Promise<About | undefined> {
  const path = join(providersDir, provider, "about.json");
  if (!existsSync(path)) return undefined;
  const parsed = aboutSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new HookyardError("bad_configuration", `${path}: ${z.prettifyError(parsed.error)}`);
}

/** The first piece of evidence, in words. */
export function evidenceText({ evidence: [first] }: About): string {
  switch (first?.level) {
    case "vendor vector":
      return `vendor vector (${first.published})`;
    case "independent implementation":
      return `independent implementation (${first.package})`;
    default:
      return "our reading of the documents";
  }
}
