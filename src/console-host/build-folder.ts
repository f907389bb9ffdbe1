/** Where the console is built: a folder whose name is a digest of everything that the build reads. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const SOURCES = join(ROOT, "src/console");
export const BUILDS = join(ROOT, "dist/console");

const OTHER_INPUTS = ["package-lock.json", "src/console-host/build.ts"];

/** The folder of the build of the present sources. It exists if and only if the build is complete. */
export async function buildFolder(): Promise<string> {
  const names = await readdir(SOURCES, { recursive: true, withFileTypes: true });
  const sources = names
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map(({ parentPath, name }) => join(parentPath, name));
  const hash = createHash("sha256");
  for (const path of [...sources.toSorted(), ...OTHER_INPUTS.map((name) => join(ROOT, name))]) {
    hash.update(`${path.slice(ROOT.length)}\n`);
    // A package installed by npm has no lock file.
    hash.update(await readFile(path).catch(() => ""));
  }
  return join(BUILDS, hash.digest("hex").slice(0, 16));
}
