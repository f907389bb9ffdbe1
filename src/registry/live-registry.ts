/**
 * The current registry: loaded at the start, and again after each change of a file or of a definition in the database.
 */
import type { DefinitionKind, DefinitionOf, Provider, VersionInUse } from "../model/definition.ts";
import { memoizeCheck } from "./check-memo.ts";
import type { Loaded } from "./check-script.ts";
import { type Parts, storedParts } from "./definition-parts.ts";
import { functionFileSchema } from "./function-file.ts";
import { type UsedVersion, usedVersions, versionsInUse } from "./installed.ts";
import type { Libraries } from "./load-libraries.ts";
import {
  type Folders,
  type InstalledProvider,
  type LoadDeps,
  type LoadedRegistry,
  loadRegistry,
} from "./load-registry.ts";
import { makeFunction } from "./make-function.ts";
import { makeProvider } from "./make-provider.ts";
import { providerFileSchema } from "./provider-file.ts";
import type { Registry } from "./registry.ts";
import { watchFolders } from "./watch.ts";

/** A definition that is not installed. */
export interface Draft<Kind extends DefinitionKind = DefinitionKind> {
  readonly kind: Kind;
  readonly name: string;
  /** The content of `provider.json` or `function.json`. */
  readonly file: unknown;
  readonly source: string;
  /** Sources of shared modules by path, instead of the installed ones. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** A built draft: `value` is the definition as it would run. */
type BuiltDraft<Kind extends DefinitionKind> = Loaded<DefinitionOf[Kind]> & {
  readonly parts?: Parts<object>;
};

export interface LiveRegistry extends Disposable {
  /** Each step reads it once per message and keeps the result: the registry may be replaced at any time. */
  readonly current: () => Registry;
  readonly loaded: () => LoadedRegistry;
  /** Builds a draft next to the installed definitions, or next to the given providers. */
  readonly make: <Kind extends DefinitionKind>(
    draft: Draft<Kind>,
    providers?: readonly Provider[],
  ) => Promise<BuiltDraft<Kind>>;
  /** Runs `change` while no other change runs, and reloads everything before it resolves. */
  readonly change: <T>(change: () => Promise<T>) => Promise<T>;
  /** Calls back with the new registry after each reload. */
  readonly onReload: (listener: (registry: Registry) => void) => void;
}

interface LiveDeps extends LoadDeps {
  /**
   * Stores new versions, and which versions are in use from now on, so that a message can be run again with the scripts
   * that ran on it.
   */
  readonly keep?: (
    versions: readonly UsedVersion[],
    inUse: readonly VersionInUse[],
  ) => Promise<void>;
}

export async function liveRegistry(folders: Folders, deps: LiveDeps): Promise<LiveRegistry> {
  const { log } = deps;
  const check = memoizeCheck(deps.check);
  const loadDeps = { ...deps, check };
  const trying: LoadDeps = {
    ...deps,
    check: (script) => check({ ...script, isDraft: true }),
  };
  let loaded = await loadRegistry(folders, loadDeps);
  const kept = versionKeeper(deps);
  void kept(loaded);
  const listeners: ((registry: Registry) => void)[] = [];
  const reload = async () => {
    loaded = await loadRegistry(folders, loadDeps, loaded);
    const { providers, functions, problems } = loaded;
    log.info(
      { providers: providers.length, functions: functions.length, problems },
      "scripts loaded again",
    );
    // Wait for this, so that a caller that lists versions after a change sees which one is in use.
    await kept(loaded);
    for (const listener of listeners) listener(loaded.registry);
  };
  // One at a time: an earlier load that ends later would bring the old scripts back.
  let last: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(run: () => Promise<T>): Promise<T> => {
    const done = last.then(run);
    last = done.catch(() => undefined);
    return done;
  };
  const change = <T>(run: () => Promise<T>) =>
    oneAtATime(async () => {
      const changed = await run();
      await reload();
      return changed;
    });
  const onFiles = () => {
    oneAtATime(reload).catch((err) => log.error({ err }, "scripts could not be loaded again"));
  };
  const watching = watchFolders([folders.providersDir, folders.functionsDir], onFiles, log);
  return {
    current: () => loaded.registry,
    loaded: () => loaded,
    make: (draft, providers = loaded.providers) =>
      MAKE[draft.kind](draft, { ...loaded, providers }, trying),
    change,
    onReload: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}

const MAKE: {
  readonly [Kind in DefinitionKind]: (
    draft: Draft,
    installed: LoadedRegistry,
    deps: LoadDeps,
  ) => Promise<BuiltDraft<Kind>>;
} = {
  provider: async (draft, { libraries: shared, installed }, deps) => {
    const parts = storedParts(draft, providerFileSchema);
    if ("problem" in parts) return parts;
    const lookUp = lookUpOf(
      installed.providers.find(({ name }) => name === draft.name),
      deps,
    );
    const libraries = librariesOf(draft) ?? shared.ofProviders;
    return { parts, ...(await makeProvider(parts, { ...deps, lookUp, libraries })) };
  },
  function: async (draft, { libraries: shared, providers }, deps) => {
    const parts = storedParts(draft, functionFileSchema);
    if ("problem" in parts) return parts;
    const propertiesOf = (name: string) => providers.find((one) => one.name === name)?.properties;
    const libraries = librariesOf(draft) ?? shared.ofFunctions;
    return { parts, ...(await makeFunction(parts, { ...deps, libraries }, propertiesOf)) };
  },
};

/** A draft can read only the variables that the files of the same provider name. */
function lookUpOf(
  installed: InstalledProvider | undefined,
  { lookUp }: LoadDeps,
): LoadDeps["lookUp"] {
  const properties = installed?.origin === "file" ? (installed.parts?.file.properties ?? []) : [];
  const named = properties.flatMap(({ env }) =>
    env === undefined ? [] : [env, `${env}_PREVIOUS`],
  );
  return (variable) => (named.includes(variable) ? lookUp(variable) : undefined);
}

const librariesOf = ({ modules }: Draft): Libraries | undefined =>
  modules &&
  Object.fromEntries(Object.entries(modules).map(([path, source]) => [path, { source }]));

/** If the disk is full, no version is stored; the next change tries again. */
function versionKeeper({ keep, log }: LiveDeps): (loaded: LoadedRegistry) => Promise<void> {
  const known = new Set<string>();
  return async (loaded) => {
    const newVersions = usedVersions(loaded).filter(({ version }) => !known.has(version));
    try {
      await keep?.(newVersions, versionsInUse(loaded));
      for (const { version } of newVersions) known.add(version);
    } catch (err) {
      log.error(
        { err },
        "the versions of scripts could not be stored: a resubmission with original scripts will not find them",
      );
    }
  };
}
