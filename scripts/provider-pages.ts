/** All pages of the providers, and the list of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evidenceText, readAbout } from "../src/catalogue/about.ts";
import { readSamples } from "../src/catalogue/sample.ts";
import { providerFileSchema } from "../src/registry/provider-file.ts";
import { providerPage, type Shipped } from "./provider-page.ts";

/** Texts by path. */
export async function providerPages(
  providersDir = "providers",
): Promise<ReadonlyMap<string, string>> {
  const names = readdirSync(providersDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[^._]/.test(entry.name))
    .map(({ name }) => name);
  const shipped = await Promise.all(names.map((name) => readShipped(providersDir, name)));
  const pages = shipped.map(
    (one) => [join(providersDir, one.file.name, "README.md"), providerPage(one)] as const,
  );
  return new Map([...pages, [join(providersDir, "README.md"), indexPage(shipped)]]);
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

function indexPage(shipped: readonly Shipped[]): string {
  const rows = shipped
    .toSorted((a, b) => a.file.priority - b.file.priority || (a.file.name < b.file.name ? -1 : 1))
    .map(
      ({ file, about }) =>
        `| ${file.priority} | [${about.title}](${file.name}/README.md) | ${file.active ? "" : "inactive"} | ${about.handshakes === undefined ? "" : "answered"} | ${evidenceText(about)} |`,
    );
  return `# Providers

<!-- Written by \`npm run docs\`. -->

In the order in which they are asked. \`npm run selftest\` runs all of them against their samples, every way to spoil those, and each other.

| priority | provider | | handshakes | proved by |
|---|---|---|---|---|
${rows.join("\n")}

A vendor vector is a signed request that the vendor has published. An independent implementation is a library of the vendor, or of somebody else who read the vendor's documents, that signed what is verified here or verified what is signed here. Where there was neither, what stands here is our reading of the documents.
`;
}
