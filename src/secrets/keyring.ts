/** Chooses the key in force: the available key that encrypted the stored values. */
import { rmSync } from "node:fs";
import { HookyardError } from "../errors.ts";
import { moveKeyFile, readKeyFile } from "./key-file.ts";
import { type SecretKey, secretKey } from "./sealing.ts";

/** Sources of keys. Keys from settings are 32 bytes. */
export interface KeySettings {
  /** `HOOKYARD_SECRET_KEY`. */
  readonly secretKey: Buffer | undefined;
  /** `HOOKYARD_SECRET_KEY_NEXT`: the new key of a rotation. */
  readonly nextSecretKey: Buffer | undefined;
  /** Path of the key file in the data directory. */
  readonly secretKeyFile: string;
}

/**
 * Written before values are encrypted with the new key, and renamed afterwards: one of the two files always fits the
 * values.
 */
export const nextKeyFile = ({ secretKeyFile }: KeySettings): string => `${secretKeyFile}.next`;

/**
 * The key that encrypted the stored values (`keyIds`). Without values, the key for the first one; undefined when it
 * must be created. Also completes, or undoes, the file changes of an interrupted rotation. Throws `bad_configuration`
 * when the key is missing or another one: no script may run without its secrets.
 */
export function keyInForce(
  settings: KeySettings,
  keyIds: ReadonlySet<string>,
): SecretKey | undefined {
  const configured = [settings.secretKey, settings.nextSecretKey].flatMap((bytes) =>
    bytes === undefined ? [] : [secretKey(bytes)],
  );
  const [neededId] = keyIds;
  const fits = ({ id }: SecretKey) => keyIds.size === 1 && id === neededId;
  const found = configured.find(fits);
  if (found !== undefined) return found;
  if (neededId === undefined && settings.secretKey !== undefined)
    return secretKey(settings.secretKey);
  const file = readKeyFile(settings.secretKeyFile);
  const nextFile = readKeyFile(nextKeyFile(settings));
  if (neededId === undefined) {
    if (nextFile !== undefined) rmSync(nextKeyFile(settings));
    return file;
  }
  // A key from the settings must be the right one: silently using the file instead would go unnoticed until the file is
  // lost.
  if (settings.secretKey !== undefined) throw noSuchKey(settings, keyIds, file);
  if (nextFile !== undefined && fits(nextFile)) {
    moveKeyFile(nextKeyFile(settings), settings.secretKeyFile);
    return nextFile;
  }
  if (file === undefined || !fits(file)) throw noSuchKey(settings, keyIds, file);
  if (nextFile !== undefined) rmSync(nextKeyFile(settings));
  return file;
}

/** Why a start could not decrypt values under these keys; undefined when it can. Changes nothing. */
export function missingKey(settings: KeySettings, keyIds: ReadonlySet<string>): string | undefined {
  const configured = [settings.secretKey, settings.nextSecretKey].map(
    (bytes) => bytes && secretKey(bytes),
  );
  const file = readKeyFile(settings.secretKeyFile);
  const inFiles =
    settings.secretKey === undefined ? [file, readKeyFile(nextKeyFile(settings))] : [];
  const fits = [...configured, ...inFiles].some((key) => key !== undefined && keyIds.has(key.id));
  return fits || keyIds.size === 0 ? undefined : noSuchKey(settings, keyIds, file).message;
}

function noSuchKey(
  { secretKey: configured, secretKeyFile: path }: KeySettings,
  keyIds: ReadonlySet<string>,
  file: SecretKey | undefined,
): HookyardError {
  const names = [...keyIds].join(", ");
  const needed = `the values of properties in the database were encrypted with key ${names}`;
  const ofFile = file === undefined ? `${path} is missing` : `${path} holds ${file.id}`;
  const restore =
    "Set or restore that key. If it is lost, so are the values: hookyard rotate-key --discard removes them, to be set again.";
  if (configured === undefined)
    return unusable(`${needed}; HOOKYARD_SECRET_KEY is not set, and ${ofFile}. ${restore}`);
  const set = `HOOKYARD_SECRET_KEY is ${secretKey(configured).id}`;
  if (file === undefined || !keyIds.has(file.id)) return unusable(`${needed}; ${set}. ${restore}`);
  return unusable(
    `${needed}, which is in ${path}; ${set}. To change to it, stop the server and run hookyard rotate-key with that value as HOOKYARD_SECRET_KEY_NEXT instead.`,
  );
}

const unusable = (detail: string) => new HookyardError("bad_configuration", detail);
