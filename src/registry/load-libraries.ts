/** The shared modules of a folder of providers or functions: the files in its `_lib`. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/**
 * Keyed by the path shown in errors: `functions/_lib/util.ts`. An unreadable file is a problem of the scripts that
 * import it.
 */
export type Libraries = Readonly<Record<string, Library>>;

type Library =
  | { readonly source: string; readonly problem?: undefined }
  | { readonly problem: string; readonly source?: undefined };

/** Reuses unchanged objects of `before`, so that caches can compare by identity and memory holds each source once. */
export async function loadLibraries(root: string, before: Libraries = {}): Promise<Libraries> {
  const paths = await pathsIn(join(root, "_lib"));
  const entries = await Promise.all(
    paths.map(async (path) => {
      const shown = relative(join(root, ".."), path);
      const current = await readLibrary(path);
      const known = before[shown];
      return [shown, known !== undefined && isSame(known, current) ? known : current] as const;
    }),
  );
  const isUnchanged =
    entries.length === Object.keys(before).length &&
    entries.every(([path, library]) => before[path] === library);
  return isUnchanged ? before : Object.freeze(Object.fromEntries(entries));
}

const isSame = (one: Library, other: Library) =>
  one.source === other.source && one.problem === other.problem;

/** A missing or unreadable folder has no modules; the scripts that import from it get an error. */
async function pathsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && /\.[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readLibrary(path: string): Promise<Library> {
  try {
    return { source: await readFile(path, "utf8") };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "it cannot be read" };
  }
}
