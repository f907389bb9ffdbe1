/** Watches folders, and calls back once no file has changed for `REST_MS`: an editor saves in several steps. */
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
      // Folders may have been added, removed or replaced, so all watchers are reopened before the folders are read.
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
 * Watches each folder by itself: Node's recursive watching follows files, and loses a file that an editor replaces by
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
    // The folder was removed; its parent reports that too.
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
