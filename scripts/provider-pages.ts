/** The pages of the providers, and the catalogue that lists them. */
import { readdirSync, readFileSync } from "node:fs";
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

/** The providers in the order in which they are asked, as a section of `providers/README.md`. */
export async function catalogue(): Promise<string> {
  const rows = (await readAll())
    .toSorted((a, b) => a.file.priority - b.file.priority || (a.file.name < b.file.name ? -1 : 1))
    .map(
      ({ file, about }) =>
        `| ${file.priority} | [${about.title}](${file.name}/README.md) | ${file.active ? "" : "inactive"} | ${about.handshakes === undefined ? "" : "answered"} | ${evidenceText(about)} |`,
    );
  return `The table is in the order in which providers are asked.

| priority | provider | | handshakes | proved by |
|---|---|---|---|---|
${rows.join("\n")}

| proved by | meaning |
|---|---|
| vendor vector | the vendor has published a signed request, which is verified here |
| independent implementation | a library of the vendor, or of an author who read the vendor's documents, signed what is verified here or verified what is signed here |
| our reading of the documents | there was neither, so it follows the vendor's documents alone |`;
}

async function readAll(): Promise<readonly Shipped[]> {
  const names = readdirSync(PROVIDERS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[^._]/.test(entry.name))
    .map(({ name }) => name);
  return await Promise.all(names.map((name) => readShipped(PROVIDERS, name)));
}

async function readShipped(providersDir: string, name: string): Promise<Shipped> {
  const about = await readAbout(providersDir, name);
  if (about === undefined)
    throw new Error(`${name} has no about.json: see src/catalogue/about.ts for what stands in it`);
  const text = readFileSync(join(providersDir, name, "provider.json"), "utf8");
  return {
    file: providerFileSchema.parse(JSON.parse(text)),
    about,
    samples: await readSamples(providersDir, name),
  };
}
