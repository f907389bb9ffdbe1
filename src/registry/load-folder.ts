/** Reads one provider's or function's folder and has its script checked. Problems are values: a broken folder stops nobody. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { z } from "zod";
import type { Provider, Script, ScriptStyle, WebhookFunction } from "../model/definition.ts";
import { type FunctionFile, functionFileSchema } from "./function-file.ts";
import { type ProviderFile, providerFileSchema } from "./provider-file.ts";

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
}

interface CheckFault {
  readonly name: string;
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly frame?: string | undefined;
}

type Checked =
  | {
      readonly style: ScriptStyle;
      readonly code: string;
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

const digest = (...parts: readonly unknown[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);

export async function loadProvider(
  folder: string,
  around: Surroundings,
): Promise<Loaded<Provider>> {
  const read = await readParts(folder, "provider.json", "match", providerFileSchema);
  if ("problem" in read) return read;
  const { file, source, scriptPath, filePath } = read;
  const problem = providerProblem(file, folder, around);
  if (problem !== undefined) return { problem: { path: filePath, detail: problem } };
  const properties = file.properties.map((property) => ({
    name: property.name,
    secret: property.secret,
    values: valuesOf(property.env, around.lookUp),
  }));
  const checked = await checkScript(
    { role: "match", filename: scriptPath, source, properties: valuesByName(properties) },
    around,
  );
  if ("problem" in checked) return checked;
  const exports = new Set(checked.exports);
  if (file.verification === "enforce" && !exports.has("verify")) {
    return {
      problem: {
        path: filePath,
        detail: `verification is "enforce", but ${scriptPath} exports no verify: add it, or set verification to "off"`,
      },
    };
  }
  const warnings = file.properties
    .filter(
      ({ required, name }) =>
        required && properties.every((one) => one.name !== name || one.values.length === 0),
    )
    .map(({ name, env }) => ({
      path: filePath,
      detail: `property ${name} is required and has no value: set ${env ?? "its env in provider.json"}`,
    }));
  const { dedupe, $schema: _, ...rest } = file;
  const version = digest(source, file);
  const script: Script = {
    version,
    filename: scriptPath,
    source,
    code: checked.code,
    style: checked.style,
  };
  return {
    value: Object.freeze({ ...rest, dedupeSeconds: dedupe, properties, script, exports }),
    warnings,
  };
}

function providerProblem(
  file: ProviderFile,
  folder: string,
  around: Surroundings,
): string | undefined {
  const named = nameProblem(file.name, folder);
  if (named !== undefined) return named;
  for (const { name } of file.properties) {
    const problem = around.propertyNameProblem(name);
    if (problem !== undefined) return `property ${JSON.stringify(name)} cannot be used: ${problem}`;
  }
  const names = file.properties.map(({ name }) => name);
  return new Set(names).size === names.length ? undefined : "two properties have the same name";
}

/** Properties of its provider are a function's too; `undefined` when there is no such provider. */
export async function loadFunction(
  folder: string,
  around: Surroundings,
  propertiesOf: (provider: string) => Provider["properties"] | undefined,
): Promise<Loaded<WebhookFunction>> {
  const read = await readParts(folder, "function.json", "index", functionFileSchema);
  if ("problem" in read) return read;
  const { file, source, scriptPath, filePath } = read;
  const named = nameProblem(file.name, folder);
  if (named !== undefined) return { problem: { path: filePath, detail: named } };
  const properties = propertiesOf(file.provider);
  if (properties === undefined) {
    return {
      problem: {
        path: filePath,
        detail: `there is no provider ${JSON.stringify(file.provider)}: add it, or name one that exists`,
      },
    };
  }
  const checked = await checkScript(
    { role: "function", filename: scriptPath, source, properties: valuesByName(properties) },
    around,
  );
  if ("problem" in checked) return checked;
  const script: Script = {
    version: digest(source, file),
    filename: scriptPath,
    source,
    code: checked.code,
    style: checked.style,
  };
  return { value: Object.freeze(functionOf(file, script)), warnings: [] };
}

function functionOf(file: FunctionFile, script: Script): WebhookFunction {
  const { timeoutMs, cpuMs, memoryMb, order, $schema: _, ...rest } = file;
  return {
    ...rest,
    ...(order === undefined ? {} : { order }),
    limits: { timeoutMs, cpuMs, memoryMb },
    script,
  };
}

export const valuesByName = (
  properties: Provider["properties"],
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(properties.map(({ name, values }) => [name, values]));

/** The current value, then the one being rotated out. An empty variable counts as not set. */
function valuesOf(env: string | undefined, lookUp: Surroundings["lookUp"]): readonly string[] {
  if (env === undefined) return [];
  return [lookUp(env), lookUp(`${env}_PREVIOUS`)].flatMap((value) => value || []);
}

function nameProblem(name: string, folder: string): string | undefined {
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

async function readParts<T>(
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
  } catch {
    return undefined;
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

async function checkScript(
  draft: ScriptCheck,
  around: Surroundings,
): Promise<Exclude<Checked, { fault: CheckFault }> | { readonly problem: Problem }> {
  const checked = await around.check(draft);
  if (checked.fault === undefined) return checked;
  const { name, message, line, column, frame } = checked.fault;
  const place = line === undefined ? "" : `:${line}:${column}`;
  const detail = `${name}: ${message}${frame === undefined ? "" : `\n${frame}`}`;
  return { problem: { path: `${draft.filename}${place}`, detail } };
}
