/**
 * What every child is started with. Removing the types of it takes a quarter of a second, so it is kept beside the code
 * Node compiles, where Node keeps any (`NODE_COMPILE_CACHE`, as the start script sets it).
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import type { ChildCode } from "./child-process.ts";
import { readChildProgram } from "./child-program.ts";
import { readGuestCode } from "./guest-code.ts";

const kept = z.object({ program: z.string(), guest: z.record(z.string(), z.string()) });

export function readChildCode(): ChildCode {
  const folder = getCompileCacheDir();
  if (folder === undefined) return build();
  const path = join(folder, `sandbox-${digestOfSources()}.json`);
  return read(path) ?? keep(path, build());
}

const build = (): ChildCode => ({ program: readChildProgram(), guest: readGuestCode() });

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

function read(path: string): ChildCode | undefined {
  try {
    return kept.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Not there, or cut off as it was written: it is made again.
    return undefined;
  }
}

function keep(path: string, code: ChildCode): ChildCode {
  try {
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, JSON.stringify(code));
    renameSync(partial, path);
  } catch {
    // A folder that cannot be written to costs the next start its time, and nothing else.
  }
  return code;
}
