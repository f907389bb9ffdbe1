/** `npm run backup -- <file>`: a copy of the database, while the server runs or not. */
import { parseArgs } from "node:util";
import { loadEnvFile, readConfig } from "../src/config.ts";
import { backUpDatabase } from "../src/store/backup.ts";

const USAGE = "usage: npm run backup -- <file that is not there yet>";

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [target, ...others] = positionals;
  if (target === undefined || others.length > 0) throw new Error(USAGE);
  loadEnvFile();
  const startedAt = performance.now();
  const { bytes, messages } = backUpDatabase(readConfig().databasePath, target);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${target}: ${messages} messages, ${(bytes / 1e6).toFixed(1)} MB, ${seconds} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
