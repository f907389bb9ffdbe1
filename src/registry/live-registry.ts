/** The registry in force: loaded at the start, and again whenever a file changes. */
import type { Logger } from "../logger.ts";
import { memoise } from "./check-memo.ts";
import type { Surroundings } from "./load-folder.ts";
import { type Folders, loadRegistry } from "./load-registry.ts";
import type { Registry } from "./registry.ts";
import { watchFolders } from "./watch.ts";

export interface LiveRegistry extends Disposable {
  /** A stage asks once per message and keeps the answer: the registry may be another one the next time. */
  readonly current: () => Registry;
}

export async function liveRegistry(
  folders: Folders,
  around: Surroundings & { readonly log: Logger },
): Promise<LiveRegistry> {
  const { log } = around;
  const surroundings = { ...around, check: memoise(around.check) };
  let loaded = await loadRegistry(folders, surroundings);
  const reload = async () => {
    loaded = await loadRegistry(folders, surroundings, loaded);
    const { providers, functions, problems } = loaded;
    log.info(
      { providers: providers.length, functions: functions.length, problems },
      "scripts loaded again",
    );
  };
  const watching = watchFolders([folders.providersDir, folders.functionsDir], reload, log);
  return { current: () => loaded.registry, [Symbol.dispose]: () => watching[Symbol.dispose]() };
}
