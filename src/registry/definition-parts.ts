/** The parts of a provider or function, from a folder or from the database. */
import type { z } from "zod";
import type { DefinitionKind } from "../model/definition.ts";
import { describeSchemaProblems } from "../model/schema-problems.ts";
import type { Problem } from "./check-script.ts";

/** The content of `provider.json` or `function.json`, and the script. */
export interface Parts<File> {
  readonly file: File;
  readonly source: string;
  /** Shown in errors; imports are relative to it: `providers/github/match.ts`. */
  readonly scriptPath: string;
  readonly filePath: string;
}

/** A definition stored in the database. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The number of the version in use. */
  readonly number: number;
  /** The content of `provider.json` or `function.json`. */
  readonly file: unknown;
  readonly source: string;
}

const FOLDERS = {
  provider: { folder: "providers", file: "provider.json", script: "match.ts" },
  function: { folder: "functions", file: "function.json", script: "index.ts" },
} as const;

/** The parts with the paths that a folder would have, so that imports and errors look alike. */
export function storedParts<File>(
  { kind, name, file, source }: Pick<StoredDefinition, "kind" | "name" | "file" | "source">,
  schema: z.ZodType<File>,
): Parts<File> | { readonly problem: Problem } {
  const { folder, ...names } = FOLDERS[kind];
  const filePath = `${folder}/${name}/${names.file}`;
  const parsed = schema.safeParse(file);
  if (!parsed.success)
    return { problem: { path: filePath, detail: describeSchemaProblems(parsed.error, schema) } };
  return { file: parsed.data, source, filePath, scriptPath: `${folder}/${name}/${names.script}` };
}
