/** Lists the entries of one kind to load: the folders on disk and the definitions in the database, each name once. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { causedBy } from "../errors.ts";
import type { Problem } from "./check-script.ts";
import { type Parts, type StoredDefinition, storedParts } from "./definition-parts.ts";
import { readParts } from "./read-folder.ts";

export type Entry<File> = {
  readonly name: string;
  readonly origin: "file" | "database";
  /** The number of the version in the database; null for files. */
  readonly number: number | null;
  /** The version in the database that is hidden by a folder of the same name; null if there is none. */
  readonly shadows: number | null;
} & ({ readonly parts: Parts<File> } | { readonly problem: Problem });

interface Root {
  readonly root: string;
  readonly fileName: string;
  readonly scriptName: string;
}

/**
 * Sorted by name. A folder wins over a definition of the same name in the database: write access to files has
 * precedence.
 */
export async function entriesOf<File extends { readonly name: string }>(
  { root, fileName, scriptName }: Root,
  schema: z.ZodType<File>,
  stored: readonly StoredDefinition[],
): Promise<readonly Entry<File>[]> {
  const numbers = new Map(stored.map(({ name, number }) => [name, number]));
  const fromFiles = await Promise.all(
    (await foldersIn(root)).map(async (name): Promise<Entry<File>> => {
      const read = await readParts(join(root, name), fileName, scriptName, schema).catch(
        unreadable(name),
      );
      const shadows = numbers.get(name) ?? null;
      const origin = { name, origin: "file", number: null, shadows } as const;
      return "problem" in read ? { ...origin, problem: read.problem } : { ...origin, parts: read };
    }),
  );
  const folderNames = new Set(fromFiles.map(({ name }) => name));
  const fromDatabase = stored
    .filter(({ name }) => !folderNames.has(name))
    .map((definition): Entry<File> => {
      const { name, number } = definition;
      const read = storedParts(definition, schema);
      const origin = { name, origin: "database", number, shadows: null } as const;
      return "problem" in read ? { ...origin, problem: read.problem } : { ...origin, parts: read };
    });
  return [...fromFiles, ...fromDatabase].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function foldersIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((cause) => {
    const detail = `${root} cannot be read: ${cause.message}. Create the folder, or set HOOKYARD_PROVIDERS_DIR and HOOKYARD_FUNCTIONS_DIR.`;
    throw causedBy(cause, "bad_configuration", detail);
  });
  return entries
    .filter((entry) => entry.isDirectory() && /^[^._]/.test(entry.name))
    .map(({ name }) => name);
}

/** An unreadable file is a problem of its own folder only. */
const unreadable =
  (path: string) =>
  (error: unknown): { readonly problem: Problem } => ({
    problem: { path, detail: error instanceof Error ? error.message : "it cannot be read" },
  });
