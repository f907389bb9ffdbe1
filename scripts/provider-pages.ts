/** The pages of the providers, and the catalogue that lists them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evidenceText, readAbout } from "../src/catalogue/about.ts";
import { readSamples } from "../src/catalogue/sample.ts";
import { providerFileSchema } from "../src/registry/provider-file.ts";
import { providerPage, type Shipped } from "./provider-page.ts";

const PROVIDERS = "providers";

/** The page of each provider, by its path. */
export async function providerPages(): Promise<ReadonlyMap<string, string>> {
  const pages = (await readAll()).map(
    (one) => [join(PROVIDERS, one.file.name, "README.md"), providerPage(one)] as const,
  );
  return new Map(pages);
}

/** The providers in match order, as a section of `providers/README.md`. */
export async function catalogue(): Promise<string> {
  const rows = (await readAll())
    .toSorted((a, b) => a.file.priority - b.file.priority || (a.file.name < b.file.name ? -1 : 1))
    .map(
      ({ file, about }) =>
        `| ${file.priority} | [${about.title}](${file.name}/README.md) | ${file.active ? "" : "inactive"} | ${about.handshakes === undefined ? "" : "answered"} | ${evidenceText(about)} |`,
    );
  return `The table is in match order: the first provider that matches receives the message.

| priority | provider | | handshakes | proved by |
|---|---|---|---|---|
${rows.join("\n")}

| proved by | meaning |
|---|---|
| vendor vector | a test verifies a signed request that the vendor published |
| published request | a signed request in public test data was verified once; it is not copied, and a test verifies one of our own of the same form |
| vector of another project | the same, but another receiver's tests made the signature, not the sender |
| independent implementation | a test verifies requests signed by a library of the vendor or of another author, or lets that library verify requests signed by Hookyard |
| our reading of the documents | neither exists, so the script follows only the vendor's documents |`;
}

/** A provider without about.json is the operator's own, and has no page. */
async function readAll(): Promise<readonly Shipped[]> {
  const names = readdirSync(PROVIDERS).filter((name) =>
    existsSync(join(PROVIDERS, name, "about.json")),
  );
  return await Promise.all(names.map((name) => readShipped(PROVIDERS, name)));
}

async function readShipped(providersDir: string, name: string): Promise<Shipped> {
  const about = await readAbout(providersDir, name);
  if (about === undefined)
    throw new Error(`${name} has no about.json: see src/catalogue/about.ts for its fields`);
  const text = readFileSync(join(providersDir, name, "provider.json"), "utf8");
  return {
    file: providerFileSchema.parse(JSON.parse(text)),
    about,
    samples: await readSamples(providersDir, name),
  };
}
