/** Opens the database: sets and checks the durability settings, and migrates the schema. */
import Database from "better-sqlite3";
import { causedBy, HookyardError } from "../../errors.ts";
import { MIGRATIONS } from "./migrations.ts";
import { isBusyOrFull } from "./wait-for-database.ts";

export type Sqlite = Database.Database;

/** SQLite's value for `synchronous=NORMAL`: SQLite syncs around checkpoints, and `wal-file.ts` syncs each commit. */
const NORMAL = 1;
const NEW_FILE_PRAGMAS = [
  // A page holds three messages; a page of the default 4096 bytes holds one. Each message takes a quarter less space.
  "page_size = 8192",
  // Without it, a file that was once large stays large.
  "auto_vacuum = INCREMENTAL",
];
/** The whole process waits while SQLite waits for a lock. After this time a sender gets an error with `Retry-After`. */
const BUSY_TIMEOUT_MS = 200;

/**
 * Opens the file, creating it if needed. Throws `database_busy` when a retry may succeed, else `database_unusable`; the
 * detail says why and what to do.
 */
export function openDatabase(path: string): Sqlite {
  const sqlite = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // SQLite applies these only to a new file. On an existing file they would need a lock.
    const isNew = sqlite.pragma("page_count", { simple: true }) === 0;
    for (const pragma of [
      ...(isNew ? NEW_FILE_PRAGMAS : []),
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
      `${path} cannot be opened: ${why}. Free space if the disk is full, end other processes that write to the file if it is locked, and restore a backup if it is damaged.`,
    );
  }
}

function assertDurable(sqlite: Sqlite, path: string): void {
  const synchronous = sqlite.pragma("synchronous", { simple: true });
  const journal = sqlite.pragma("journal_mode", { simple: true });
  if (synchronous === NORMAL && journal === "wal") return;
  throw new HookyardError(
    "database_unusable",
    `${path} runs with journal_mode=${journal} and synchronous=${synchronous}; expected wal and ${NORMAL} (NORMAL), without which a power cut can damage accepted messages. Use a local file system.`,
  );
}

/** Each step is one transaction. After an interruption the next start continues with the first step that is missing. */
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
