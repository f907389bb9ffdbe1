/** The key file in the data directory: readable only by its owner, and never half written. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { causedBy, HookyardError } from "../errors.ts";
import { makePrivateFolder } from "../store/sqlite/private-file.ts";
import { KEY_BYTES, type SecretKey, secretKey } from "./sealing.ts";

/**
 * Undefined when there is no such file. Throws `bad_configuration` for a file that other users can read or that holds
 * no key.
 */
export function readKeyFile(path: string): SecretKey | undefined {
  if (!existsSync(path)) return undefined;
  const fd = open(path);
  try {
    const mode = fstatSync(fd).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const detail = `${path} has mode 0${mode.toString(8)}, 0600 was expected: other users can read the key of all secrets. Run chmod 600 on it, and hookyard rotate-key if they may have read it.`;
      throw new HookyardError("bad_configuration", detail);
    }
    const bytes = Buffer.from(readFileSync(fd, "utf8").trim(), "base64");
    if (bytes.length === KEY_BYTES) return secretKey(bytes);
    const detail = `${path} holds ${bytes.length} bytes, ${KEY_BYTES} in base64 were expected: restore the original file`;
    throw new HookyardError("bad_configuration", detail);
  } finally {
    closeSync(fd);
  }
}

/**
 * Creates a key and its file. The file is on disk under its name when this returns: a value must not be encrypted with
 * a key that a power cut could lose.
 */
export function makeKeyFile(path: string): SecretKey {
  const partial = `${path}.partial`;
  try {
    makePrivateFolder(dirname(path));
    rmSync(partial, { force: true });
    const bytes = randomBytes(KEY_BYTES);
    const fd = openSync(partial, "wx", 0o600);
    try {
      writeSync(fd, `${bytes.toString("base64")}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    moveKeyFile(partial, path);
    return secretKey(bytes);
  } catch (cause) {
    throw causedBy(
      cause,
      "storage_unavailable",
      `the key of secrets cannot be written to ${path}; free disk space, or set HOOKYARD_SECRET_KEY`,
    );
  }
}

export function moveKeyFile(from: string, to: string): void {
  renameSync(from, to);
  const folder = openSync(dirname(to), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw causedBy(
      cause,
      "bad_configuration",
      `${path} cannot be read: it holds the key of all secrets; make it readable for this user`,
    );
  }
}
