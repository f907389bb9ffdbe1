/**
 * What every child is started with. Removing the types of it takes a quarter of a second, so it is kept beside the code
 * Node compiles, where Node keeps any (`NODE_COMPILE_CACHE`, as the start script sets it).
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

/** Permission to write, of the group and of all other users. */
const OTHERS_WRITE = 0o022;

/** The folders of `src` that the program of a child may be made of. */
const SOURCE_FOLDERS = ["model", "sandbox", "verify"];

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

/** Undefined too when another user could have written it: every child would run what that user wrote. */
function read(path: string): string | undefined {
  try {
    if (!isOnlyOurs(statSync(dirname(path)))) return undefined;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (!isOnlyOurs(fstatSync(fd))) return undefined;
      return kept.parse(JSON.parse(readFileSync(fd, "utf8"))).program;
    } finally {
      closeSync(fd);
    }
  } catch {
    // Not there, or cut off as it was written: it is made again.
    return undefined;
  }
}

/** Whether nobody but this user and root can have written it. */
const isOnlyOurs = ({ uid, mode }: Stats): boolean =>
  (uid === process.getuid?.() || uid === 0) && (mode & OTHERS_WRITE) === 0;

function keep(path: string, program: string): string {
  try {
    const partial = `${path}.${process.pid}`;
    // Node makes the folder as the umask says. It holds code that is executed, Node's own as well.
    chmodSync(dirname(path), 0o700);
    rmSync(partial, { force: true });
    writeFileSync(partial, JSON.stringify({ program }), { mode: 0o600, flag: "wx" });
    renameSync(partial, path);
  } catch {
    // A folder that cannot be written to costs the next start its time, and nothing else.
  }
  return program;
}
