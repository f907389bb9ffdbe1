import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { causedBy } from "../../errors.ts";

/** With those above it. Node's own way never returns where nobody can make folders, as below `/proc`. */
export function makePrivateFolder(path: string): void {
  const folder = resolve(path);
  if (existsSync(folder)) return;
  makePrivateFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(folder)) throw error;
  }
}

/** Messages hold what senders keep secret: nobody else on the machine may read them. SQLite gives its other files the same mode. */
export function makePrivateFile(path: string): void {
  try {
    makePrivateFolder(dirname(path));
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw causedBy(
      cause,
      "database_unusable",
      `${path} cannot be written: ${why}. Set HOOKYARD_DATA_DIR to a folder that can.`,
    );
  }
}
