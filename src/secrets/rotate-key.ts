/**
 * Another key for all stored values: written first, used in one transaction, moved to its place last. Killed anywhere, it
 * leaves values and a key that fits them, and `keyInForce` finds out which.
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
  /** Where the new key is. */
  readonly key: string;
}

/** Throws `bad_configuration` when the old key does not fit or no new one is given, `database_unusable` while a server runs. */
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
  next.settle();
  return { values: rows.length, key: next.where };
}

/** Removes all values: for when their key is lost. */
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
      const detail = `HOOKYARD_SECRET_KEY_NEXT is the key in force already, ${key.id}: set it as HOOKYARD_SECRET_KEY, or give another`;
      throw new HookyardError("bad_configuration", detail);
    }
    return { key, where: "HOOKYARD_SECRET_KEY_NEXT", settle: () => undefined };
  }
  if (settings.secretKey !== undefined) {
    const detail =
      "HOOKYARD_SECRET_KEY is set and HOOKYARD_SECRET_KEY_NEXT is not: give the new key there, 32 bytes in base64 as openssl rand -base64 32 makes them";
    throw new HookyardError("bad_configuration", detail);
  }
  const next = nextKeyFile(settings);
  return { key: makeKeyFile(next), where: path, settle: () => moveKeyFile(next, path) };
}
