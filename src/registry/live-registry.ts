/** The registry in force: loaded at the start, and again whenever a file or a definition in the database changes. */
import type { DefinitionKind, DefinitionOf, Provider, VersionInUse } from "../model/definition.ts";
import { memoise } from "./check-memo.ts";
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

/** A definition that is not installed yet. */
export interface Draft<Kind extends DefinitionKind = DefinitionKind> {
  readonly kind: Kind;
  readonly name: string;
  /** What `provider.json` or `function.json` would hold. */
  readonly file: unknown;
  readonly source: string;
  /** Sources of shared modules by path, in place of those there are now. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** A draft that can be used: `value` as it would run. */
type MadeDraft<Kind extends DefinitionKind> = Loaded<DefinitionOf[Kind]> & {
  readonly parts?: Parts<object>;
};

export interface LiveRegistry extends Disposable {
  /** A stage asks once per message and keeps the answer: the registry may be another one the next time. */
  readonly current: () => Registry;
  readonly loaded: () => LoadedRegistry;
  /** What would come of a draft beside everything that is installed, or beside these providers. */
  readonly make: <Kind extends DefinitionKind>(
    draft: Draft<Kind>,
    providers?: readonly Provider[],
  ) => Promise<MadeDraft<Kind>>;
  /** Runs `change` while nobody else changes anything, and loads everything again before it resolves. */
  readonly change: <T>(change: () => Promise<T>) => Promise<T>;
}

interface LiveDeps extends LoadDeps {
  /** Keeps the versions not kept before, and which ones are in use from now on, so that a message can be run again by what ran it. */
  readonly keep?: (
    versions: readonly UsedVersion[],
    inUse: readonly VersionInUse[],
  ) => Promise<void>;
}

export async function liveRegistry(folders: Folders, deps: LiveDeps): Promise<LiveRegistry> {
  const { log } = deps;
  const check = memoise(deps.check);
  const surroundings = { ...deps, check };
  const trying: LoadDeps = {
    ...deps,
    check: (script) => check({ ...script, isTried: true }),
  };
  let loaded = await loadRegistry(folders, surroundings);
  const kept = keeper(deps);
  void kept(loaded);
  const reload = async () => {
    loaded = await loadRegistry(folders, surroundings, loaded);
    const { providers, functions, problems } = loaded;
    log.info(
      { providers: providers.length, functions: functions.length, problems },
      "scripts loaded again",
    );
    // Who looks at the versions behind a change finds which of them is in use.
    await kept(loaded);
  };
  // One after the other: an earlier load that ends later would bring the old scripts back.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const done = last.then(run);
    last = done.catch(() => undefined);
    return done;
  };
  const change = <T>(run: () => Promise<T>) =>
    inTurn(async () => {
      const changed = await run();
      await reload();
      return changed;
    });
  const onFiles = () => {
    inTurn(reload).catch((err) => log.error({ err }, "scripts could not be loaded again"));
  };
  const watching = watchFolders([folders.providersDir, folders.functionsDir], onFiles, log);
  return {
    current: () => loaded.registry,
    loaded: () => loaded,
    make: (draft, providers = loaded.providers) =>
      MAKE[draft.kind](draft, { ...loaded, providers }, trying),
    change,
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}

const MAKE: {
  readonly [Kind in DefinitionKind]: (
    draft: Draft,
    beside: LoadedRegistry,
    deps: LoadDeps,
  ) => Promise<MadeDraft<Kind>>;
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

/** A draft reads the variables that the files of the same provider name, and no others. */
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

/** A disk that is full keeps nothing: then it is tried again after the next change. */
function keeper({ keep, log }: LiveDeps): (loaded: LoadedRegistry) => Promise<void> {
  const known = new Set<string>();
  return async (loaded) => {
    const unknown = usedVersions(loaded).filter(({ version }) => !known.has(version));
    try {
      await keep?.(unknown, versionsInUse(loaded));
      for (const { version } of unknown) known.add(version);
    } catch (err) {
      log.error({ err }, "the versions of scripts could not be kept: resubmit will not find them");
    }
  };
}
