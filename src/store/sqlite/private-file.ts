import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { causedBy } from "../../errors.ts";

/**
 * Creates the folder and its missing parents. `mkdirSync` with `recursive` never returns where no folder can be made,
 * as below `/proc`.
 */
export function makePrivateFolder(path: string): void {
  const folder = resolve(path);
  if (existsSync(folder)) return;
  makePrivateFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process created it first.
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Messages hold secrets of senders: no other user of the machine may read them. SQLite gives its other files the same
 * mode.
 */
export function makePrivateFile(path: string): void {
  try {
    makePrivateFolder(dirname(path));
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw causedBy(
      cause,
      "database_unusable",
      `${path} cannot be written: ${why}. Set HOOKYARD_DATA_DIR to a writable folder.`,
    );
  }
}
