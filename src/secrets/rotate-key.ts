/**
 * Rotates the key of all stored values: the new key is written to disk first, the values are replaced in one
 * transaction, and the key file is renamed last. An interrupted rotation leaves values and a key that fits them;
 * `keyInForce` finds it.
 */
import { rmSync } from "node:fs";
import { HookyardError } from "../errors.ts";
import type { SealedValue } from "../store/scripts/property-table.ts";
import { openPropertyRewrite } from "../store/scripts/rewrite-properties.ts";
import { makeKeyFile, moveKeyFile } from "./key-file.ts";
import { type KeySettings, keyInForce, nextKeyFile } from "./keyring.ts";
import { type SecretKey, seal, secretKey } from "./sealing.ts";
import { openValue } from "./secrets.ts";

export interface Rotated {
  readonly values: number;
  /** Where the new key is stored: a path or the name of a variable. */
  readonly key: string;
}

/**
 * Throws `bad_configuration` when the old key does not fit or the new one is missing, `database_unusable` while a
 * server runs.
 */
export function rotateKey(databasePath: string, settings: KeySettings, now: number): Rotated {
  using database = openPropertyRewrite(databasePath);
  const sealed = database.values();
  const old = keyInForce(settings, new Set(sealed.map(({ keyId }) => keyId)));
  const values = sealed.map((row) => ({ row, text: openValue(row, old) }));
  const next = newKey(settings, old);
  const rows = values.map(({ row, text }): SealedValue => {
    return { ...row, keyId: next.key.id, sealed: seal(text, row, next.key) };
  });
  database.rewrite(rows, now, next.key.id);
  next.activate();
  return { values: rows.length, key: next.where };
}

/** Removes all values, for when their key is lost. */
export function discardValues(databasePath: string, settings: KeySettings, now: number): number {
  using database = openPropertyRewrite(databasePath);
  const count = database.values().length;
  database.rewrite([], now, "none");
  rmSync(nextKeyFile(settings), { force: true });
  return count;
}

function newKey(settings: KeySettings, old: SecretKey | undefined) {
  const { nextSecretKey: given, secretKeyFile: path } = settings;
  if (given !== undefined) {
    const key = secretKey(given);
    if (key.id === old?.id) {
      const detail = `HOOKYARD_SECRET_KEY_NEXT is the key in force already, ${key.id}: set it as HOOKYARD_SECRET_KEY, or set another key`;
      throw new HookyardError("bad_configuration", detail);
    }
    return { key, where: "HOOKYARD_SECRET_KEY_NEXT", activate: () => undefined };
  }
  if (settings.secretKey !== undefined) {
    const detail =
      "HOOKYARD_SECRET_KEY is set and HOOKYARD_SECRET_KEY_NEXT is not: set the new key there, 32 bytes in base64 as openssl rand -base64 32 makes them";
    throw new HookyardError("bad_configuration", detail);
  }
  const next = nextKeyFile(settings);
  return { key: makeKeyFile(next), where: path, activate: () => moveKeyFile(next, path) };
}
