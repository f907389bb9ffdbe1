/** `rotate-key`: encrypts all secrets in this machine's database with another key, while its server is stopped. */
import type { Command } from "commander";
import { loadEnvFile, readConfig } from "../../config.ts";
import { discardValues, rotateKey } from "../../secrets/rotate-key.ts";
import { confirmed } from "../confirm.ts";
import type { GlobalOptions } from "../context.ts";
import { json, line, remark } from "../print.ts";

export interface RotateOptions {
  readonly discard?: boolean;
  readonly yes?: boolean;
}

export async function rotate(
  { discard = false, yes = false }: RotateOptions,
  command: Command,
): Promise<void> {
  loadEnvFile();
  const config = readConfig();
  const asJson = command.optsWithGlobals<GlobalOptions>().json === true;
  if (discard) {
    const question = "This removes all secrets that were set over the API. Continue?";
    if (!yes && !(await confirmed(question))) return remark("Nothing was changed.");
    const values = discardValues(config.databasePath, config, Date.now());
    if (asJson) json({ values });
    else line(`${values} values removed; set them again over the API`);
    return;
  }
  const { values, key } = rotateKey(config.databasePath, config, Date.now());
  if (asJson) json({ values, key });
  else line(`${values} values encrypted with the new key, which is in ${key}`);
  if (config.nextSecretKey !== undefined)
    remark("Now set it as HOOKYARD_SECRET_KEY, and unset HOOKYARD_SECRET_KEY_NEXT.");
}
