/** Reads providers and functions from folders as drafts for the API. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { usage } from "../failure.ts";
import { type Definition, KINDS, LAYOUTS } from "../scripts/definition.ts";
import { readDefinition, readTree } from "../scripts/folder.ts";

/** The draft in a folder, or the draft that a script belongs to. */
export function readDraft(path: string): { readonly draft: Definition; readonly folder: string } {
  if (!existsSync(path))
    throw usage(`there is no ${path}: name a folder with provider.json or function.json`);
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  for (const kind of KINDS)
    if (existsSync(join(folder, LAYOUTS[kind].file)))
      return { draft: readDefinition(kind, folder), folder };
  throw usage(
    `found neither provider.json nor function.json in ${folder}, expected one of them beside the script`,
  );
}

/** Accepts folders with one draft, and folders that hold a whole configuration. */
export const readDrafts = (folders: readonly string[]): readonly Definition[] =>
  folders.flatMap((folder) =>
    KINDS.some((kind) => existsSync(join(folder, LAYOUTS[kind].plural)))
      ? readTree(folder)
      : [readDraft(folder).draft],
  );

export const bodyOf = ({ fields, script }: Definition) => ({ ...fields, script });

/** The name of the provider whose messages the draft runs on. */
export const providerOf = ({ kind, name, fields }: Definition): string =>
  kind === "provider" ? name : String(fields["provider"]);
