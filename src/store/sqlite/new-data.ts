/** Removes the files of a database that a failed start has created. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

export interface NewData {
  /** From now on the files stay: the database existed before, or it may hold messages. */
  keep(): void;
  /** Removes the files, unless they are kept. No process may have the database open. */
  remove(): void;
}

/** Records which files exist before the database is opened. */
export function newData(databasePath: string): NewData {
  const path = resolve(databasePath);
  const folder = firstMissing(dirname(path));
  const before = new Set(folder === undefined ? readdirSync(dirname(path)) : []);
  let isKept = existsSync(path);
  return {
    keep: () => {
      isKept = true;
    },
    remove: () => {
      if (isKept) return;
      isKept = true;
      if (folder === undefined) removeNewFiles(path, before);
      else rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A file that existed before may be the only copy of something: "hookyard.db.old". */
function removeNewFiles(path: string, before: ReadonlySet<string>): void {
  for (const name of readdirSync(dirname(path)))
    if (name.startsWith(basename(path)) && !before.has(name))
      rmSync(join(dirname(path), name), { force: true });
}

/** The topmost folder that opening the database would create. */
function firstMissing(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  return firstMissing(dirname(folder)) ?? folder;
}
