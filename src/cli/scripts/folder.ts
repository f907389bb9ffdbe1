/** Reads and writes providers and functions in folders. Writing leaves unchanged files as they are, byte for byte. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { reasonOf } from "../api.ts";
import { usage } from "../failure.ts";
import { remark } from "../print.ts";
import {
  complete,
  type Definition,
  type Fields,
  fileText,
  KINDS,
  type Kind,
  LAYOUTS,
  PROPERTY_FIELDS,
  withVariablesOf,
} from "./definition.ts";
import { assertInside } from "./safe-links.ts";

/** All definitions in `<folder>/providers` and `<folder>/functions`, providers first. */
export function readTree(folder: string): readonly Definition[] {
  const existing = KINDS.filter((kind) => existsSync(join(folder, LAYOUTS[kind].plural)));
  if (existing.length === 0)
    throw usage(
      `found neither ${join(folder, "providers")} nor ${join(folder, "functions")}, expected a folder with one of them`,
    );
  return existing.flatMap((kind) => {
    const parent = join(folder, LAYOUTS[kind].plural);
    return foldersIn(parent)
      .filter((name) => isDefinition(kind, join(parent, name)))
      .map((name) => readDefinition(kind, join(parent, name)));
  });
}

/** False for folders with only notes or samples. It prints a remark, because a missing file looks the same. */
function isDefinition(kind: Kind, folder: string): boolean {
  const { file, script } = LAYOUTS[kind];
  if (pathsOf(kind, folder).some((path) => existsSync(path))) return true;
  remark(`${folder} is passed over: found neither ${file} nor ${script}.ts in it.`);
  return false;
}

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[^._]/.test(entry.name))
    .map(({ name }) => name)
    .sort();

/** Folders of shared modules, which the API does not accept. */
export const librariesIn = (folder: string): readonly string[] =>
  KINDS.map((kind) => join(folder, LAYOUTS[kind].plural, "_lib")).filter(existsSync);

export function readDefinition(kind: Kind, folder: string): Definition {
  const { file, script } = LAYOUTS[kind];
  const given = fieldsIn(join(folder, file));
  assertKnown(kind, given, join(folder, file));
  const name = basename(resolve(folder));
  if (given["name"] !== name)
    throw usage(
      `${join(folder, file)}: name is ${JSON.stringify(given["name"])}, expected ${JSON.stringify(name)}, the name of its folder`,
    );
  const path = scriptPath(folder, script);
  if (!existsSync(path))
    throw usage(`${folder}: found neither ${script}.ts nor ${script}.js, expected one of them`);
  return { kind, name, fields: complete(kind, given), script: readFileSync(path, "utf8") };
}

/**
 * An unknown field must not be ignored: the server's own folder would refuse it, and a misspelt one would have no
 * effect.
 */
function assertKnown(kind: Kind, given: Fields, path: string): void {
  assertOnly(given, Object.keys(LAYOUTS[kind].shape), path);
  const { properties } = given;
  for (const [at, one] of (Array.isArray(properties) ? properties : []).entries())
    assertOnly(Object(one), PROPERTY_FIELDS, `${path}: properties.${at}`);
}

function assertOnly(given: Fields, fields: readonly string[], where: string): void {
  const unknown = Object.keys(given).filter((field) => !fields.includes(field));
  if (unknown.length > 0)
    throw usage(
      `${where}: found ${unknown.map((one) => JSON.stringify(one)).join(", ")}, expected only ${fields.join(", ")}`,
    );
}

/** Prefers TypeScript over JavaScript. */
function scriptPath(folder: string, script: string): string {
  const [typed, plain] = [join(folder, `${script}.ts`), join(folder, `${script}.js`)];
  return !existsSync(typed) && existsSync(plain) ? plain : typed;
}

/** The object in a JSON file. Throws a usage error when it cannot be read, or holds something else. */
export function fieldsIn(path: string): Fields {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch (error) {
    throw usage(`${path} cannot be read: ${reasonOf(error)}`);
  }
  throw usage(`${path}: expected a JSON object`);
}

/** Returns the written paths; none when all files are up to date. Writes nothing outside of `root`. */
export function writeDefinition(
  definition: Definition,
  folder: string,
  root: string,
): readonly string[] {
  const { file, script } = LAYOUTS[definition.kind];
  for (const path of pathsOf(definition.kind, folder)) assertInside(root, path);
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  const filePath = join(folder, file);
  const local = existsSync(filePath) ? complete(definition.kind, fieldsIn(filePath)) : undefined;
  const merged = local === undefined ? definition : withVariablesOf(definition, local);
  // Different formatting or an explicit default is no difference.
  if (!isDeepStrictEqual(local, merged.fields)) {
    writeFileSync(filePath, fileText(merged));
    written.push(filePath);
  }
  const path = scriptPath(folder, script);
  if (!existsSync(path) || readFileSync(path, "utf8") !== definition.script) {
    writeFileSync(path, definition.script);
    written.push(path);
  }
  return written;
}

/** Removes the JSON file and the script; samples and pages stay. Removes nothing outside of `root`. */
export function removeDefinition(
  { kind }: Pick<Definition, "kind">,
  folder: string,
  root: string,
): void {
  assertInside(root, folder);
  for (const path of pathsOf(kind, folder)) rmSync(path, { force: true });
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

function pathsOf(kind: Kind, folder: string): readonly string[] {
  const { file, script } = LAYOUTS[kind];
  return [file, `${script}.ts`, `${script}.js`].map((name) => join(folder, name));
}
