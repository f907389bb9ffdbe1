/**
 * What every child is started with. Removing the types of it takes a quarter of a second, so it is kept beside the code
 * Node compiles, where Node keeps any (`NODE_COMPILE_CACHE`, as the start script sets it).
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { readChildProgram } from "./child-program.ts";

const kept = z.object({ program: z.string() });

export function childProgram(): Buffer {
  const folder = getCompileCacheDir();
  if (folder === undefined) return Buffer.from(readChildProgram());
  const path = join(folder, `sandbox-${digestOfSources()}.json`);
  return Buffer.from(read(path) ?? keep(path, readChildProgram()));
}

/** Changes with every file it is made from, with what makes it, and with where they lie. */
function digestOfSources(): string {
  const hash = createHash("sha256").update(process.version);
  const folder = import.meta.dirname;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (!name.endsWith(".ts")) continue;
    const path = join(folder, name);
    hash.update(`\0${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 32);
}

function read(path: string): string | undefined {
  try {
    return kept.parse(JSON.parse(readFileSync(path, "utf8"))).program;
  } catch {
    // Not there, or cut off as it was written: it is made again.
    return undefined;
  }
}

function keep(path: string, program: string): string {
  try {
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, JSON.stringify({ program }));
    renameSync(partial, path);
  } catch {
    // A folder that cannot be written to costs the next start its time, and nothing else.
  }
  return program;
}
