/** Watches folders and calls back once things have come to rest: an editor saves in several steps. */
import { type FSWatcher, watch } from "node:fs";
import type { Logger } from "../logger.ts";

const REST_MS = 100;

export function watchFolders(
  folders: readonly string[],
  onChange: () => Promise<void>,
  log: Logger,
): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    // One load after the other: an earlier one that ends later would bring the old scripts back.
    timer = setTimeout(() => {
      running = running
        .then(onChange)
        .catch((err) => log.error({ err }, "scripts could not be loaded again"));
    }, REST_MS);
  };
  const watchers = folders.flatMap((folder) => open(folder, changed, log));
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function open(folder: string, changed: () => void, log: Logger): FSWatcher[] {
  try {
    const watcher = watch(folder, { recursive: true }, changed);
    watcher.on("error", (err) =>
      log.error({ err, folder }, "this folder is no longer watched: restart to see changes in it"),
    );
    return [watcher];
  } catch (err) {
    log.warn(
      { err, folder },
      "this folder cannot be watched: changes in it take effect at the next start",
    );
    return [];
  }
}
