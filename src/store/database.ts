/** Opens the database: durable settings asserted, schema brought up to date, one process at a time. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { HookyardError } from "../errors.ts";
import { MIGRATIONS } from "./migrations.ts";

export type Sqlite = Database.Database;

/** SQLite's own value for `synchronous=NORMAL`: it syncs around checkpoints, and each commit's fsync is ours (`wal-file.ts`). */
const NORMAL = 1;
/** Everything waits while SQLite does: longer than this, and senders had better be told to come back. */
const BUSY_TIMEOUT_MS = 200;

/** Opens the file, creating it and its folder. Throws `database_unusable` saying why and what to do. */
export function openDatabase(path: string): Sqlite {
  const sqlite = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // Only a new file takes it: without it, a file that was large once stays as large. On others it would ask for a lock.
    if (sqlite.pragma("page_count", { simple: true }) === 0)
      sqlite.pragma("auto_vacuum = INCREMENTAL");
    for (const pragma of [
      "journal_mode = WAL",
      "synchronous = NORMAL",
      "foreign_keys = ON",
      "fullfsync = ON",
    ]) {
      sqlite.pragma(pragma);
    }
    assertDurable(sqlite, path);
    migrate(sqlite, path);
    return sqlite;
  } catch (cause) {
    sqlite.close();
    if (cause instanceof HookyardError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    // biome-ignore lint/style/useErrorCause: the cause is there, in the third argument.
    throw new HookyardError(
      "database_unusable",
      `${path} cannot be opened: ${why}. Make room if the disk is full, end what else writes to the file if it is locked, and restore a backup if it is damaged.`,
      { cause },
    );
  }
}

function assertDurable(sqlite: Sqlite, path: string): void {
  const synchronous = sqlite.pragma("synchronous", { simple: true });
  const journal = sqlite.pragma("journal_mode", { simple: true });
  if (synchronous === NORMAL && journal === "wal") return;
  throw new HookyardError(
    "database_unusable",
    `${path} runs with journal_mode=${journal} and synchronous=${synchronous}; wal and ${NORMAL} (NORMAL) are needed, or a power cut damages what was accepted. Use a local file system.`,
  );
}

function migrate(sqlite: Sqlite, path: string): void {
  const found = Number(sqlite.pragma("user_version", { simple: true }));
  if (found > MIGRATIONS.length) {
    throw new HookyardError(
      "database_unusable",
      `${path} has schema ${found}, this program knows schemas up to ${MIGRATIONS.length}: it was written by a newer version. Start that version, or another data directory.`,
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < found) continue;
    sqlite
      .transaction(() => {
        sqlite.exec(sql);
        sqlite.pragma(`user_version = ${index + 1}`);
      })
      .immediate();
  }
}

/** Messages hold what senders keep secret: nobody else on the machine may read them. SQLite gives its other files the same mode. */
function makePrivateFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    // biome-ignore lint/style/useErrorCause: the cause is there, in the third argument.
    throw new HookyardError(
      "database_unusable",
      `${path} cannot be written: ${why}. Set HOOKYARD_DATA_DIR to a folder that can.`,
      { cause },
    );
  }
}

/**
 * Holds a lock that the operating system takes back when the process ends, however it ends. Two processes on one
 * database would both run what is pending.
 */
export function lockDatabase(path: string): Disposable {
  for (const file of [path, `${path}.lock`]) makePrivateFile(file);
  const lock = new Database(`${path}.lock`, { timeout: 0 });
  try {
    lock.pragma("journal_mode = DELETE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    // biome-ignore lint/style/useErrorCause: the cause is there, in the third argument.
    throw new HookyardError(
      "database_unusable",
      `${path} is in use by another process. Stop it first, or start this one with another HOOKYARD_DATA_DIR.`,
      { cause },
    );
  }
  return { [Symbol.dispose]: () => lock.close() };
}
