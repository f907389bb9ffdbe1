/** Loads everything installed; what is broken keeps its last good version, and says so. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../logger.ts";
import type { Provider, WebhookFunction } from "../model/definition.ts";
import type { Loaded, Problem, Surroundings } from "./load-folder.ts";
import { loadFunction } from "./load-function.ts";
import { loadProvider } from "./load-provider.ts";
import { createRegistry, type Registry } from "./registry.ts";

export interface Folders {
  readonly providersDir: string;
  readonly functionsDir: string;
}

export interface LoadedRegistry {
  readonly registry: Registry;
  readonly providers: readonly Provider[];
  readonly functions: readonly WebhookFunction[];
  readonly problems: readonly Problem[];
}

/** `before` supplies the last good version of what is broken now. */
export async function loadRegistry(
  folders: Folders,
  around: Surroundings & { readonly log: Logger },
  before?: LoadedRegistry,
): Promise<LoadedRegistry> {
  const loadedProviders = await loadAll(folders.providersDir, (folder) =>
    loadProvider(folder, around),
  );
  const providers = keepGood(loadedProviders, before?.providers ?? []);
  const known = new Map(providers.map(({ name, properties }) => [name, properties]));
  const loadedFunctions = await loadAll(folders.functionsDir, (folder) =>
    loadFunction(folder, around, (name) => known.get(name)),
  );
  const functions = keepGood(loadedFunctions, before?.functions ?? []);
  const problems = [...loadedProviders, ...loadedFunctions].flatMap(({ loaded }) =>
    "problem" in loaded ? [loaded.problem] : [],
  );
  const warnings = [...loadedProviders, ...loadedFunctions].flatMap(({ loaded }) =>
    "problem" in loaded ? [] : loaded.warnings,
  );
  report(around.log, { problems, warnings }, before);
  return { registry: createRegistry(providers, functions), providers, functions, problems };
}

interface Entry<T> {
  readonly name: string;
  readonly loaded: Loaded<T>;
}

async function loadAll<T>(
  root: string,
  load: (folder: string) => Promise<Loaded<T>>,
): Promise<readonly Entry<T>[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && /^[^._]/.test(entry.name))
    .map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => ({ name, loaded: await load(join(root, name)) })),
  );
}

function keepGood<T extends { readonly name: string }>(
  entries: readonly Entry<T>[],
  before: readonly T[],
): readonly T[] {
  return entries.flatMap(({ name, loaded }) => {
    if (!("problem" in loaded)) return [loaded.value];
    return before.filter((old) => old.name === name);
  });
}

function report(
  log: Logger,
  {
    problems,
    warnings,
  }: { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] },
  before: LoadedRegistry | undefined,
): void {
  for (const { path, detail } of warnings) log.warn({ path }, detail);
  for (const { path, detail } of problems) {
    const consequence =
      before === undefined ? "it is not used" : "the last good version goes on running";
    log.error({ path }, `${path}: ${detail}\n(${consequence})`);
  }
}
