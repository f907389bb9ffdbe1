/** A copy of the database as of one moment, made while the server keeps writing. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { HookyardError } from "../../errors.ts";

export interface Backup {
  readonly bytes: number;
  readonly messages: number;
}

/**
 * Copies the database at `source` to the new file `target`, which is complete, checked and on disk when this returns.
 * It reads one snapshot and holds no lock that writers need; the write-ahead log grows meanwhile. Throws
 * `database_unusable`, and then leaves no partial copy.
 */
export function backUpDatabase(source: string, target: string): Backup {
  if (!existsSync(source))
    throw unusable(`there is no database at ${source}: set HOOKYARD_DATA_DIR`);
  if (isEmpty(source))
    throw unusable(`${source} is empty, no server has used it: set HOOKYARD_DATA_DIR`);
  if (existsSync(target)) throw unusable(`${target} is there already: name a new file`);
  const partial = `${target}.partial`;
  try {
    // The copy holds secrets of senders: no other user of the machine may read it.
    closeSync(openSync(partial, "wx", 0o600));
  } catch (cause) {
    throw unusable(`${partial} cannot be made: ${messageOf(cause)}`, cause);
  }
  try {
    copy(source, partial);
    const messages = countMessages(partial);
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return { bytes: statSync(target).size, messages };
  } catch (cause) {
    rmSync(partial, { force: true });
    throw unusable(`${source} could not be copied: ${messageOf(cause)}`, cause);
  }
}

/** True for a file that no server has written tables to. */
function isEmpty(path: string): boolean {
  if (statSync(path).size === 0) return true;
  const database = new Database(path, { readonly: true });
  try {
    return database.pragma("user_version", { simple: true }) === 0;
  } catch {
    // Not a database: the copy reports it.
    return false;
  } finally {
    database.close();
  }
}

function copy(source: string, target: string): void {
  const database = new Database(source, { readonly: true });
  try {
    database.prepare("VACUUM INTO ?").run(target);
  } finally {
    database.close();
  }
}

/** Returns the number of messages in the copy. Throws when SQLite finds damage. */
function countMessages(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    const found = database.pragma("quick_check", { simple: true });
    if (found !== "ok") throw new Error(`the copy is damaged: ${String(found)}`);
    return Number(database.prepare("SELECT COUNT(*) FROM message").pluck().get());
  } finally {
    database.close();
  }
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const unusable = (detail: string, cause?: unknown): HookyardError =>
  new HookyardError("database_unusable", detail, { cause });
