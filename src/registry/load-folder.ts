/** What loading a provider and loading a function have in common: files, their schema, their name, the check of the script. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { z } from "zod";
import type { Provider, Script, ScriptModule, ScriptStyle } from "../model/definition.ts";
import type { Libraries } from "./load-libraries.ts";

/** Why a folder cannot be used, as it is shown: with path, position and what to do. */
export interface Problem {
  readonly path: string;
  readonly detail: string;
}

export type Loaded<T> =
  | { readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly problem: Problem };

export interface ScriptCheck {
  readonly role: "match" | "function";
  readonly filename: string;
  readonly source: string;
  readonly properties: Readonly<Record<string, readonly string[]>>;
  /** The shared modules it may import. */
  readonly libraries: Libraries;
}

interface CheckFault {
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly frame?: string | undefined;
}

type Checked =
  | {
      readonly style: ScriptStyle;
      readonly code: string;
      readonly modules: Readonly<Record<string, ScriptModule>>;
      readonly exports: readonly string[];
      readonly fault?: undefined;
    }
  | { readonly fault: CheckFault };

/** What loading needs of the rest of the program. */
export interface Surroundings {
  readonly check: (script: ScriptCheck) => Promise<Checked>;
  readonly propertyNameProblem: (name: string) => string | undefined;
  readonly lookUp: (variable: string) => string | undefined;
}

/** The same within one folder of providers or functions. */
export interface FolderSurroundings extends Surroundings {
  readonly libraries: Libraries;
}

const digest = (...parts: readonly unknown[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);

export const valuesByName = (
  properties: Provider["properties"],
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(properties.map(({ name, values }) => [name, values]));

export function nameProblem(name: string, folder: string): string | undefined {
  const expected = basename(folder);
  return name === expected
    ? undefined
    : `name is ${JSON.stringify(name)}, expected ${JSON.stringify(expected)}, as the folder is called`;
}

interface Parts<T> {
  readonly file: T;
  readonly source: string;
  readonly scriptPath: string;
  readonly filePath: string;
}

export async function readParts<T>(
  folder: string,
  fileName: string,
  scriptName: string,
  schema: z.ZodType<T>,
): Promise<Parts<T> | { readonly problem: Problem }> {
  const shown = (name: string) => relative(join(folder, "..", ".."), join(folder, name));
  const filePath = shown(fileName);
  const text = await readText(join(folder, fileName));
  if (text === undefined) return { problem: { path: filePath, detail: `there is no ${fileName}` } };
  const json = parseJson(text);
  if ("message" in json) return { problem: { path: filePath, detail: json.message } };
  const parsed = schema.safeParse(json.value);
  if (!parsed.success)
    return { problem: { path: filePath, detail: z.prettifyError(parsed.error) } };
  for (const name of [`${scriptName}.ts`, `${scriptName}.js`]) {
    const source = await readText(join(folder, name));
    if (source !== undefined)
      return { file: parsed.data, source, scriptPath: shown(name), filePath };
  }
  return {
    problem: {
      path: shown(`${scriptName}.ts`),
      detail: `there is neither ${scriptName}.ts nor ${scriptName}.js`,
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function parseJson(text: string): { readonly value: unknown } | { readonly message: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return {
      message: `it is not JSON: ${error instanceof Error ? error.message : "it cannot be parsed"}`,
    };
  }
}

/**
 * The script as it is used, and what it exports. Whatever decides how it behaves is part of its version: `file`, and the
 * shared modules it reaches.
 */
export async function checkScript(
  draft: Omit<ScriptCheck, "libraries">,
  file: object,
  around: FolderSurroundings,
): Promise<
  { readonly script: Script; readonly exports: ReadonlySet<string> } | { readonly problem: Problem }
> {
  const { filename, source } = draft;
  const checked = await around.check({ ...draft, libraries: around.libraries });
  if (checked.fault !== undefined) return { problem: problemOf(checked.fault, filename) };
  const { code, style, modules, exports } = checked;
  const reached = Object.entries(modules).map(([path, module]) => [path, module.source]);
  const version = digest(source, file, ...reached);
  return { script: { version, filename, source, code, style, modules }, exports: new Set(exports) };
}

function problemOf(fault: CheckFault, filename: string): Problem {
  const { name, message, file, line, column, frame } = fault;
  const place = [line, column].flatMap((part) => (part === undefined ? [] : `:${part}`)).join("");
  const shown = frame === undefined ? "" : `\n${frame}`;
  const user = file === undefined ? "" : `\n(${filename} imports it)`;
  return { path: `${file ?? filename}${place}`, detail: `${name}: ${message}${shown}${user}` };
}
