/** Watches folders and calls back once things have come to rest: an editor saves in several steps. */
import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../logger.ts";

const REST_MS = 100;

export function watchFolders(
  folders: readonly string[],
  onChange: () => void,
  log: Logger,
): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const openAll = () =>
    folders.flatMap(withSubfolders).flatMap((folder) => open(folder, changed, log));
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Folders may have come, gone, or be others of the same name: all are opened anew before they are read.
      for (const watcher of watchers) watcher.close();
      watchers = openAll();
      onChange();
    }, REST_MS);
  };
  let watchers = openAll();
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/**
 * Each folder is watched by itself: Node's recursive watching follows files, and loses one that an editor replaces by
 * another of the same name.
 */
function withSubfolders(root: string): readonly string[] {
  try {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory());
    return [root, ...folders.map(({ parentPath, name }) => join(parentPath, name))];
  } catch {
    return [root];
  }
}

function open(folder: string, changed: () => void, log: Logger): FSWatcher[] {
  try {
    const watcher = watch(folder, changed);
    // It is gone; the folder above it says so too.
    watcher.on("error", changed);
    return [watcher];
  } catch (err) {
    log.warn(
      { err, folder },
      "this folder cannot be watched: changes in it take effect at the next start",
    );
    return [];
  }
}
