/** Which key is in force: the one that the stored values name, of those that are there. */
import { rmSync } from "node:fs";
import { HookyardError } from "../errors.ts";
import { moveKeyFile, readKeyFile } from "./key-file.ts";
import { type SecretKey, secretKey } from "./sealing.ts";

/** Where keys come from. Given keys are 32 bytes. */
export interface KeySettings {
  /** `HOOKYARD_SECRET_KEY`. */
  readonly secretKey: Buffer | undefined;
  /** `HOOKYARD_SECRET_KEY_NEXT`: what is rotated to. */
  readonly nextSecretKey: Buffer | undefined;
  /** The file in the data directory. */
  readonly secretKeyFile: string;
}

/** Written before values are encrypted with it, and moved to its place after: one of the two files always fits. */
export const nextKeyFile = ({ secretKeyFile }: KeySettings): string => `${secretKeyFile}.next`;

/**
 * The key of values that name these keys; without values, the one to begin with, or undefined when it is still to be made.
 * Also finishes, or undoes, what a rotation that was killed left of its files. Throws `bad_configuration` when a key is
 * missing or another one: nothing then runs without the secrets it was given.
 */
export function keyInForce(
  settings: KeySettings,
  keyIds: ReadonlySet<string>,
): SecretKey | undefined {
  const given = [settings.secretKey, settings.nextSecretKey].flatMap((bytes) =>
    bytes === undefined ? [] : [secretKey(bytes)],
  );
  const [wanted] = keyIds;
  const fits = ({ id }: SecretKey) => keyIds.size === 1 && id === wanted;
  const found = given.find(fits);
  if (found !== undefined) return found;
  if (wanted === undefined && settings.secretKey !== undefined)
    return secretKey(settings.secretKey);
  const file = readKeyFile(settings.secretKeyFile);
  const nextFile = readKeyFile(nextKeyFile(settings));
  if (wanted === undefined) {
    if (nextFile !== undefined) rmSync(nextKeyFile(settings));
    return file;
  }
  // Who gives a key means that one: going on with another would not be noticed until the file is gone.
  if (settings.secretKey !== undefined) throw noSuchKey(settings, keyIds, file);
  if (nextFile !== undefined && fits(nextFile)) {
    moveKeyFile(nextKeyFile(settings), settings.secretKeyFile);
    return nextFile;
  }
  if (file === undefined || !fits(file)) throw noSuchKey(settings, keyIds, file);
  if (nextFile !== undefined) rmSync(nextKeyFile(settings));
  return file;
}

/** Why the values that name these keys could not be read at a start; undefined when they can. Changes nothing. */
export function missingKey(settings: KeySettings, keyIds: ReadonlySet<string>): string | undefined {
  const given = [settings.secretKey, settings.nextSecretKey].map(
    (bytes) => bytes && secretKey(bytes),
  );
  const file = readKeyFile(settings.secretKeyFile);
  const inFiles =
    settings.secretKey === undefined ? [file, readKeyFile(nextKeyFile(settings))] : [];
  const fits = [...given, ...inFiles].some((key) => key !== undefined && keyIds.has(key.id));
  return fits || keyIds.size === 0 ? undefined : noSuchKey(settings, keyIds, file).message;
}

function noSuchKey(
  { secretKey: given, secretKeyFile: path }: KeySettings,
  keyIds: ReadonlySet<string>,
  file: SecretKey | undefined,
): HookyardError {
  const names = [...keyIds].join(", ");
  const needed = `the values of properties in the database were encrypted with key ${names}`;
  const ofFile = file === undefined ? `${path} is missing` : `${path} holds ${file.id}`;
  const restore =
    "Set or restore that key. If it is lost, so are the values: hookyard rotate-key --discard removes them, to be set again.";
  if (given === undefined)
    return unusable(`${needed}; HOOKYARD_SECRET_KEY is not set, and ${ofFile}. ${restore}`);
  const set = `HOOKYARD_SECRET_KEY is ${secretKey(given).id}`;
  if (file === undefined || !keyIds.has(file.id)) return unusable(`${needed}; ${set}. ${restore}`);
  return unusable(
    `${needed}, which is in ${path}; ${set}. To change to it, stop the server and run hookyard rotate-key with HOOKYARD_SECRET_KEY_NEXT in its place.`,
  );
}

const unusable = (detail: string) => new HookyardError("bad_configuration", detail);
