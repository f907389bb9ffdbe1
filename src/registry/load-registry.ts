/** Loads everything installed; what is broken keeps its last good version, and says so. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HookyardError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Provider, WebhookFunction } from "../model/definition.ts";
import type { Loaded, Problem, Surroundings } from "./load-folder.ts";
import { loadFunction } from "./load-function.ts";
import { type Libraries, loadLibraries } from "./load-libraries.ts";
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
  readonly libraries: { readonly ofProviders: Libraries; readonly ofFunctions: Libraries };
  /** How many folders are broken. */
  readonly problems: number;
}

/** `before` supplies the last good version of what is broken now. */
export async function loadRegistry(
  folders: Folders,
  around: Surroundings & { readonly log: Logger },
  before?: LoadedRegistry,
): Promise<LoadedRegistry> {
  const { providersDir, functionsDir } = folders;
  const ofProviders = await loadLibraries(providersDir, before?.libraries.ofProviders);
  const loadedProviders = await loadAll(providersDir, (folder) =>
    loadProvider(folder, { ...around, libraries: ofProviders }),
  );
  const providers = keepGood(loadedProviders, before?.providers ?? []);
  const known = new Map(providers.map(({ name, properties }) => [name, properties]));
  const ofFunctions = await loadLibraries(functionsDir, before?.libraries.ofFunctions);
  const inFunctions = { ...around, libraries: ofFunctions };
  const loadedFunctions = await loadAll(functionsDir, (folder) =>
    loadFunction(folder, inFunctions, (name) => known.get(name)),
  );
  const functions = keepGood(loadedFunctions, before?.functions ?? []);
  const loaded = [...loadedProviders, ...loadedFunctions];
  const problems = loaded.flatMap((entry) => ("problem" in entry.loaded ? [entry] : []));
  for (const entry of loadedProviders) report(around.log, entry, providers);
  for (const entry of loadedFunctions) report(around.log, entry, functions);
  return {
    registry: createRegistry(providers, functions),
    providers,
    functions,
    libraries: { ofProviders, ofFunctions },
    problems: problems.length,
  };
}

interface Entry<T> {
  readonly name: string;
  readonly loaded: Loaded<T>;
}

async function loadAll<T>(
  root: string,
  load: (folder: string) => Promise<Loaded<T>>,
): Promise<readonly Entry<T>[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((cause) => {
    const detail = `${root} cannot be read: ${cause.message}. Make the folder, or set HOOKYARD_PROVIDERS_DIR and HOOKYARD_FUNCTIONS_DIR.`;
    throw new HookyardError("bad_configuration", detail, { cause });
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && /^[^._]/.test(entry.name))
    .map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      loaded: await load(join(root, name)).catch(unreadable(name)),
    })),
  );
}

/** A file that is there and cannot be read is a problem of its folder, not of all. */
const unreadable =
  (path: string) =>
  (error: unknown): { readonly problem: Problem } => ({
    problem: { path, detail: error instanceof Error ? error.message : "it cannot be read" },
  });

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
  { name, loaded }: Entry<unknown>,
  inUse: readonly { readonly name: string }[],
): void {
  if (!("problem" in loaded)) {
    for (const { path, detail } of loaded.warnings) log.warn(`${path}: ${detail}`);
    return;
  }
  const { path, detail } = loaded.problem;
  const isKept = inUse.some((one) => one.name === name);
  const consequence = isKept ? "the last good version goes on running" : "it is not used";
  log.error(`${path}: ${detail}\n(${consequence})`);
}
