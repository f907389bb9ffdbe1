/** Loads all installed definitions. A broken one keeps its last good version and is reported. */
import type { Logger } from "../logger.ts";
import type { DefinitionKind, Provider, WebhookFunction } from "../model/definition.ts";
import type { Loaded, Problem, ScriptDeps } from "./check-script.ts";
import type { Parts, StoredDefinition } from "./definition-parts.ts";
import { type FunctionFile, functionFileSchema } from "./function-file.ts";
import { type Entry, entriesOf } from "./load-entries.ts";
import { type Libraries, loadLibraries } from "./load-libraries.ts";
import { makeFunction } from "./make-function.ts";
import { makeProvider } from "./make-provider.ts";
import { type ProviderFile, providerFileSchema } from "./provider-file.ts";
import { createRegistry, type Registry } from "./registry.ts";

export interface Folders {
  readonly providersDir: string;
  readonly functionsDir: string;
}

/** An installed definition, valid or broken. */
export interface Installed<File, T> {
  readonly name: string;
  readonly origin: Entry<File>["origin"];
  /** The number of the version in the database; null for files. */
  readonly number: number | null;
  /** The version in the database that is hidden by a folder of the same name; null if there is none. */
  readonly shadows: number | null;
  /** The parts as written; undefined if they cannot be read. */
  readonly parts: Parts<File> | undefined;
  /** The definition in use: the last good version if there is a problem, undefined if there has been none. */
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
}
export type InstalledProvider = Installed<ProviderFile, Provider>;
export type InstalledFunction = Installed<FunctionFile, WebhookFunction>;

export interface LoadedRegistry {
  readonly registry: Registry;
  readonly providers: readonly Provider[];
  readonly functions: readonly WebhookFunction[];
  readonly installed: {
    readonly providers: readonly InstalledProvider[];
    readonly functions: readonly InstalledFunction[];
  };
  readonly libraries: { readonly ofProviders: Libraries; readonly ofFunctions: Libraries };
  /** Number of broken definitions. */
  readonly problems: number;
}

export interface LoadDeps extends ScriptDeps {
  readonly log: Logger;
  /** The definitions in the database; none if absent. */
  readonly stored?: () => readonly StoredDefinition[];
}

/** `before` supplies the last good versions of broken definitions. */
export async function loadRegistry(
  folders: Folders,
  deps: LoadDeps,
  before?: LoadedRegistry,
): Promise<LoadedRegistry> {
  const { providersDir, functionsDir } = folders;
  const stored = deps.stored?.() ?? [];
  const of = (kind: DefinitionKind) => stored.filter((one) => one.kind === kind);
  const ofProviders = await loadLibraries(providersDir, before?.libraries.ofProviders);
  const inProviders = { ...deps, libraries: ofProviders };
  const providerEntries = await entriesOf(
    { root: providersDir, fileName: "provider.json", scriptName: "match" },
    providerFileSchema,
    of("provider"),
  );
  const providers = await installAll(
    providerEntries,
    before?.providers ?? [],
    deps.log,
    (parts, origin) =>
      makeProvider(origin === "file" ? parts : withoutVariables(parts), inProviders),
  );
  const usedProviders = providers.flatMap(({ value }) => value ?? []);
  const known = new Map(usedProviders.map(({ name, properties }) => [name, properties]));
  const ofFunctions = await loadLibraries(functionsDir, before?.libraries.ofFunctions);
  const inFunctions = { ...deps, libraries: ofFunctions };
  const functionEntries = await entriesOf(
    { root: functionsDir, fileName: "function.json", scriptName: "index" },
    functionFileSchema,
    of("function"),
  );
  const functions = await installAll(functionEntries, before?.functions ?? [], deps.log, (parts) =>
    makeFunction(parts, inFunctions, (name) => known.get(name)),
  );
  const usedFunctions = functions.flatMap(({ value }) => value ?? []);
  return {
    registry: createRegistry(usedProviders, usedFunctions),
    providers: usedProviders,
    functions: usedFunctions,
    installed: { providers, functions },
    libraries: { ofProviders, ofFunctions },
    problems: [...providers, ...functions].filter(({ problem }) => problem !== undefined).length,
  };
}

/**
 * Removes the names of environment variables: a caller that may write scripts over the API must not read the server's
 * environment with them. Only files may name variables.
 */
function withoutVariables({ file, ...parts }: Parts<ProviderFile>): Parts<ProviderFile> {
  const properties = file.properties.map(({ env: _, ...property }) => property);
  return { ...parts, file: { ...file, properties } };
}

function installAll<File, T extends { readonly name: string }>(
  entries: readonly Entry<File>[],
  before: readonly T[],
  log: Logger,
  make: (parts: Parts<File>, origin: Entry<File>["origin"]) => Promise<Loaded<T>>,
): Promise<readonly Installed<File, T>[]> {
  return Promise.all(
    entries.map(async ({ name, origin, number, shadows, ...read }) => {
      const loaded = "problem" in read ? read : await make(read.parts, origin);
      const parts = "parts" in read ? read.parts : undefined;
      const last = before.find((old) => old.name === name);
      const problem = "problem" in loaded ? loaded.problem : undefined;
      const value = "problem" in loaded ? last : loaded.value;
      report(log, loaded, value !== undefined);
      const path = parts?.filePath ?? name;
      if (shadows !== null)
        log.warn(
          `${path}: the folder is used; version ${shadows} of the same name in the database is ignored`,
        );
      return { name, origin, number, shadows, parts, value, problem };
    }),
  );
}

function report(log: Logger, loaded: Loaded<unknown>, isKept: boolean): void {
  if (!("problem" in loaded)) {
    for (const { path, detail } of loaded.warnings) log.warn(`${path}: ${detail}`);
    return;
  }
  const { path, detail } = loaded.problem;
  const consequence = isKept ? "the last good version keeps running" : "it is not used";
  log.error(`${path}: ${detail}\n(${consequence})`);
}
