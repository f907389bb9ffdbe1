/** Checks a script and describes its problems; shared by providers and functions. */
import { createHash } from "node:crypto";
import type { Provider, Script, ScriptModule, ScriptStyle } from "../model/definition.ts";
import type { Libraries } from "./load-libraries.ts";

/** Why a definition is invalid, as it is shown: with path, position and remedy. */
export interface Problem {
  readonly path: string;
  readonly detail: string;
  /** The error in its script. */
  readonly fault?: CheckFault;
  /** Its folder lacks a file. */
  readonly isMissingFile?: true;
}

export type Loaded<T> =
  | { readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly problem: Problem };

export interface ScriptCheck {
  readonly role: "match" | "function";
  readonly filename: string;
  readonly source: string;
  readonly properties: Readonly<Record<string, readonly string[]>>;
  /** The shared modules that the script may import. */
  readonly libraries: Libraries;
  /** True for a draft from an API caller, false for an installed script. */
  readonly isDraft?: boolean;
}

export interface CheckFault {
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

/** The dependencies for loading definitions. */
export interface ScriptDeps {
  readonly check: (script: ScriptCheck) => Promise<Checked>;
  readonly propertyNameProblem: (name: string) => string | undefined;
  readonly lookUp: (variable: string) => string | undefined;
  /** The values set for a property over the API, which win over the environment. No values are stored if absent. */
  readonly storedValues?: (
    provider: string,
    property: string,
  ) => { readonly secret: boolean; readonly values: readonly string[] } | undefined;
}

/** The dependencies for definitions in one folder, with its shared modules. */
export interface FolderDeps extends ScriptDeps {
  readonly libraries: Libraries;
}

const digest = (...parts: readonly unknown[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);

export const valuesByName = (
  properties: Provider["properties"],
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(properties.map(({ name, values }) => [name, values]));

/**
 * Checks a script and returns it with its exports. Its version is a hash of everything that affects how it behaves: its
 * source, `file`, and the imported shared modules.
 */
export async function checkScript(
  draft: Omit<ScriptCheck, "libraries">,
  file: object,
  deps: FolderDeps,
): Promise<
  { readonly script: Script; readonly exports: ReadonlySet<string> } | { readonly problem: Problem }
> {
  const { filename, source } = draft;
  const checked = await deps.check({ ...draft, libraries: deps.libraries });
  if (checked.fault !== undefined) return { problem: problemOf(checked.fault, filename) };
  const { code, style, modules, exports } = checked;
  const reached = Object.entries(modules).map(([path, module]) => [path, module.source]);
  const version = digest(source, file, ...reached);
  return { script: { version, filename, source, code, style, modules }, exports: new Set(exports) };
}

function problemOf(fault: CheckFault, filename: string): Problem {
  const { name, message, file, line, column, frame } = fault;
  const position = [line, column]
    .flatMap((part) => (part === undefined ? [] : `:${part}`))
    .join("");
  const shown = frame === undefined ? "" : `\n${frame}`;
  const importer = file === undefined ? "" : `\n(${filename} imports it)`;
  return {
    path: `${file ?? filename}${position}`,
    detail: `${name}: ${message}${shown}${importer}`,
    fault,
  };
}
