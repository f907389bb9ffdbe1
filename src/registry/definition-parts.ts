/** What a provider or function is made of, wherever it comes from: a folder or the database. */
import { z } from "zod";
import type { DefinitionKind } from "../model/definition.ts";
import type { Problem } from "./check-script.ts";

/** As it is written: what `provider.json` or `function.json` holds, and the script. */
export interface Parts<File> {
  readonly file: File;
  readonly source: string;
  /** Shown in errors, and what imports are relative to: `providers/github/match.ts`. */
  readonly scriptPath: string;
  readonly filePath: string;
}

/** A definition that is kept in the database. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** Of the version in use. */
  readonly number: number;
  /** What `provider.json` or `function.json` would hold. */
  readonly file: unknown;
  readonly source: string;
}

const FOLDERS = {
  provider: { folder: "providers", file: "provider.json", script: "match.ts" },
  function: { folder: "functions", file: "function.json", script: "index.ts" },
} as const;

/** The same paths as if it stood in a folder: its imports and its errors then look alike. */
export function storedParts<File>(
  { kind, name, file, source }: Pick<StoredDefinition, "kind" | "name" | "file" | "source">,
  schema: z.ZodType<File>,
): Parts<File> | { readonly problem: Problem } {
  const { folder, ...names } = FOLDERS[kind];
  const filePath = `${folder}/${name}/${names.file}`;
  const parsed = schema.safeParse(file);
  if (!parsed.success)
    return { problem: { path: filePath, detail: z.prettifyError(parsed.error) } };
  return { file: parsed.data, source, filePath, scriptPath: `${folder}/${name}/${names.script}` };
}
