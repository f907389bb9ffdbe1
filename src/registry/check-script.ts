/** What making a provider and making a function have in common: the check of the script, and how what is wrong is told. */
import { createHash } from "node:crypto";
import type { Provider, Script, ScriptModule, ScriptStyle } from "../model/definition.ts";
import type { Libraries } from "./load-libraries.ts";

/** Why a definition cannot be used, as it is shown: with path, position and what to do. */
export interface Problem {
  readonly path: string;
  readonly detail: string;
  /** What its script did wrong. */
  readonly fault?: CheckFault;
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
  /** It comes from a caller and not from what is installed. */
  readonly isTried?: boolean;
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

/** What loading needs of the rest of the program. */
export interface Deps {
  readonly check: (script: ScriptCheck) => Promise<Checked>;
  readonly propertyNameProblem: (name: string) => string | undefined;
  readonly lookUp: (variable: string) => string | undefined;
  /** What was set for a property over the API; it wins over the environment. Nothing when absent. */
  readonly storedValues?: (
    provider: string,
    property: string,
  ) => { readonly secret: boolean; readonly values: readonly string[] } | undefined;
}

/** The same within one folder of providers or functions. */
export interface FolderDeps extends Deps {
  readonly libraries: Libraries;
}

const digest = (...parts: readonly unknown[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);

export const valuesByName = (
  properties: Provider["properties"],
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(properties.map(({ name, values }) => [name, values]));

/**
 * The script as it is used, and what it exports. Whatever decides how it behaves is part of its version: `file`, and the
 * shared modules it reaches.
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
  const place = [line, column].flatMap((part) => (part === undefined ? [] : `:${part}`)).join("");
  const shown = frame === undefined ? "" : `\n${frame}`;
  const user = file === undefined ? "" : `\n(${filename} imports it)`;
  return {
    path: `${file ?? filename}${place}`,
    detail: `${name}: ${message}${shown}${user}`,
    fault,
  };
}
