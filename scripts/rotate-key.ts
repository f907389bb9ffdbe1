/** `npm run rotate-key`: another key for all secrets in the database, while the server is stopped. */
import { parseArgs } from "node:util";
import { loadEnvFile, readConfig } from "../src/config.ts";
import { discardValues, rotateKey } from "../src/secrets/rotate-key.ts";

try {
  const { values: options } = parseArgs({ options: { discard: { type: "boolean" } } });
  loadEnvFile();
  const config = readConfig();
  if (options.discard === true) {
    const count = discardValues(config.databasePath, config, Date.now());
    console.log(`${count} values removed; set them again over the API`);
  } else {
    const { values, key } = rotateKey(config.databasePath, config, Date.now());
    console.log(`${values} values encrypted with the new key, which is in ${key}`);
    if (config.nextSecretKey !== undefined)
      console.log("Now set it as HOOKYARD_SECRET_KEY, and take HOOKYARD_SECRET_KEY_NEXT away.");
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
