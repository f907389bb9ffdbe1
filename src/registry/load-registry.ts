/** Loads all installed definitions. A broken one keeps its last good version and is reported. */
import type { Logger } from "../logger.ts";
import type { DefinitionKind, Provider, WebhookFunction } from "../model/definition.ts";
import type { ScriptDeps } from "./check-script.ts";
import type { Parts, StoredDefinition } from "./definition-parts.ts";
import { type FunctionFile, functionFileSchema } from "./function-file.ts";
import { type Installed, installAll } from "./install-entries.ts";
import { entriesOf } from "./load-entries.ts";
import { type Libraries, loadLibraries } from "./load-libraries.ts";
import { makeFunction } from "./make-function.ts";
import { makeProvider } from "./make-provider.ts";
import { type ProviderFile, providerFileSchema } from "./provider-file.ts";
import { createRegistry, type Registry } from "./registry.ts";

export interface Folders {
  readonly providersDir: string;
  readonly functionsDir: string;
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
    { log: deps.log, before: before?.installed.providers },
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
  const functions = await installAll(
    functionEntries,
    { log: deps.log, before: before?.installed.functions },
    (parts) => makeFunction(parts, inFunctions, (name) => known.get(name)),
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
