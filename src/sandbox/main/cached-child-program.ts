/**
 * Caches the program of the children. Removing its types takes a quarter of a second, so it is stored in Node's
 * compile cache folder (`NODE_COMPILE_CACHE`, set by the start script).
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readChildProgram } from "./child-program.ts";

/** Write permission of the group or of other users. */
const WRITABLE_BY_OTHERS = 0o022;

/** The folders of `src` from which the program is built. */
export const SOURCE_FOLDERS: readonly string[] = ["model", "sandbox", "sharing", "verify"];

const cachedSchema = z.object({ program: z.string() });

/** The same for each sandbox of a process: its sources do not change while it runs. */
let program: Buffer | undefined;

export function childProgram(): Buffer {
  program ??= programFrom(getCompileCacheDir());
  return program;
}

/** Reads the program from the cache folder. A missing or untrusted one is built again and stored there. */
export function programFrom(folder: string | undefined): Buffer {
  if (folder === undefined) return Buffer.from(readChildProgram());
  const path = join(folder, `sandbox-${digestOfSources()}.json`);
  return Buffer.from(readCached(path) ?? writeCached(path, readChildProgram()));
}

/** Changes with every source file, with the code that builds the program, and with their paths. */
function digestOfSources(): string {
  const hash = createHash("sha256").update(process.version);
  const folders = SOURCE_FOLDERS.map((name) => join(import.meta.dirname, "../..", name));
  for (const path of folders.flatMap(sourcesIn))
    hash.update(`\0${path}\0`).update(readFileSync(path));
  return hash.digest("hex").slice(0, 32);
}

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .map((name) => join(folder, name));

/** Undefined if the file is missing, broken, or writable by another user, whose code every child would run. */
function readCached(path: string): string | undefined {
  try {
    if (!isOnlyOurs(statSync(dirname(path)))) return undefined;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (!isOnlyOurs(fstatSync(fd))) return undefined;
      return cachedSchema.parse(JSON.parse(readFileSync(fd, "utf8"))).program;
    } finally {
      closeSync(fd);
    }
  } catch {
    // Missing or incomplete: the program is built again.
    return undefined;
  }
}

/** True if only this user and root can have written it. */
const isOnlyOurs = ({ uid, mode }: Stats): boolean =>
  (uid === process.getuid?.() || uid === 0) && (mode & WRITABLE_BY_OTHERS) === 0;

function writeCached(path: string, program: string): string {
  try {
    const partial = `${path}.${process.pid}`;
    // Node creates the folder with the permissions of the umask. It holds executable code, also Node's own.
    chmodSync(dirname(path), 0o700);
    rmSync(partial, { force: true });
    writeFileSync(partial, JSON.stringify({ program }), { mode: 0o600, flag: "wx" });
    renameSync(partial, path);
  } catch {
    // If the folder is not writable, the next start takes longer, and nothing else.
  }
  return program;
}
