/**
 * Restricts files of the data directory that other users of the machine can read, left so by an older version or a
 * copy.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { causedBy } from "../../errors.ts";
import type { Logger } from "../../logger.ts";

/** Permission bits of the group and of all other users. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
/** Every SQLite file begins with it. Copies and backups are recognised by it, whatever their names. */
const SQLITE_MAGIC = Buffer.from("SQLite format 3\0");

/**
 * Removes other users' permissions from the database, the files beside it that start with its name, and every other
 * SQLite file in its folder; each change is logged as a warning. Throws `database_unusable`, with the command to run,
 * for a file of the database whose mode this user may not change.
 */
export function tightenFiles(databasePath: string, log: Logger): void {
  const folder = dirname(databasePath);
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const mustBePrivate = name.startsWith(basename(databasePath));
    try {
      tightenFile(path, mustBePrivate, log);
    } catch (cause) {
      if (mustBePrivate) throw refused(path, cause);
      log.warn(
        { path, err: cause },
        "others can read this copy of a database: run chmod 600 on it",
      );
    }
  }
  tightenFolder(folder, log);
}

/** Empty before the first start. If the folder cannot be read, opening the database reports it. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function tightenFile(path: string, mustBePrivate: boolean, log: Logger): void {
  const { mode } = statSync(path);
  if ((mode & OTHERS) === 0) return;
  // A symbolic link that replaces the file meanwhile is not followed.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (!mustBePrivate && !isSqlite(fd)) return;
    fchmodSync(fd, fstatSync(fd).mode & 0o700);
    log.warn(
      { path, mode: octal(mode) },
      "other users could read this file, which holds secrets of senders: its mode is now 0600",
    );
  } finally {
    closeSync(fd);
  }
}

function isSqlite(fd: number): boolean {
  const start = Buffer.alloc(SQLITE_MAGIC.length);
  readSync(fd, start, 0, start.length, 0);
  return start.equals(SQLITE_MAGIC);
}

/** A user who may write to the folder can replace the database. */
function tightenFolder(folder: string, log: Logger): void {
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & OTHERS_WRITE) === 0 || (mode & STICKY) !== 0) return;
  const found = { path: folder, mode: octal(mode) };
  try {
    chmodSync(folder, mode & ~OTHERS_WRITE & 0o7777);
    log.warn(found, "other users could write to this folder: now only its owner can");
  } catch (err) {
    log.warn({ ...found, err }, "others can write to this folder: run chmod go-w on it");
  }
}

function refused(path: string, cause: unknown) {
  const { mode, uid }: Pick<Stats, "mode" | "uid"> = statSync(path);
  return causedBy(
    cause,
    "database_unusable",
    `${path} has mode ${octal(mode)} and belongs to user ${uid}, 0600 was expected: others can read what senders keep secret, and this user may not change it. Run chmod 600 ${path} as user ${uid}, or chown it to the user of the server.`,
  );
}

const octal = (mode: number): string => `0${(mode & 0o777).toString(8)}`;
