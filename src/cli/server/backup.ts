/** `backup`: copies the database, whether the server runs or not. */
import type { Command } from "commander";
import { loadEnvFile, readConfig } from "../../config.ts";
import { backUpDatabase } from "../../store/sqlite/backup.ts";
import type { GlobalOptions } from "../context.ts";
import { json, line } from "../print.ts";

export function backUp(target: string, _options: object, command: Command): void {
  loadEnvFile();
  const startedAt = performance.now();
  const { bytes, messages } = backUpDatabase(readConfig().databasePath, target);
  const seconds = (performance.now() - startedAt) / 1000;
  if (command.optsWithGlobals<GlobalOptions>().json === true)
    json({ target, bytes, messages, seconds });
  else
    line(
      `${target}: ${messages} messages, ${(bytes / 1e6).toFixed(1)} MB, ${seconds.toFixed(1)} s`,
    );
}
