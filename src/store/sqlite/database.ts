/** Opens the database: durable settings asserted, schema brought up to date. */
import Database from "better-sqlite3";
import { causedBy, HookyardError } from "../../errors.ts";
import { MIGRATIONS } from "./migrations.ts";
import { isBusyOrFull } from "./wait-for-database.ts";

export type Sqlite = Database.Database;

/** SQLite's own value for `synchronous=NORMAL`: it syncs around checkpoints, and each commit's fsync is ours (`wal-file.ts`). */
const NORMAL = 1;
const OF_A_NEW_FILE = [
  // Three messages lie in one page where in one of the usual 4096 bytes there is one: a quarter less room for each.
  "page_size = 8192",
  // Without it, a file that was large once stays as large.
  "auto_vacuum = INCREMENTAL",
];
/** Everything waits while SQLite does: longer than this, and senders had better be told to come back. */
const BUSY_TIMEOUT_MS = 200;

/**
 * Opens the file, creating it. Throws `database_busy` when that may work in a moment, else `database_unusable`, saying
 * why and what to do.
 */
export function openDatabase(path: string): Sqlite {
  const sqlite = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // Only a new file takes them. On others they would ask for a lock.
    const isNew = sqlite.pragma("page_count", { simple: true }) === 0;
    for (const pragma of [
      ...(isNew ? OF_A_NEW_FILE : []),
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
    throw causedBy(
      cause,
      isBusyOrFull(cause) ? "database_busy" : "database_unusable",
      `${path} cannot be opened: ${why}. Make room if the disk is full, end what else writes to the file if it is locked, and restore a backup if it is damaged.`,
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

/** Each step is one transaction: cut off anywhere, the next start goes on with the step that was not done. */
export function migrate(sqlite: Sqlite, path: string): void {
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
