/**
 * Reads the message log while a server runs, oldest first and one message at a time; writes nothing and blocks no
 * writer.
 */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { HookyardError } from "../../errors.ts";
import type { Message } from "../../model/message.ts";
import { MIGRATIONS } from "../sqlite/migrations.ts";
import { MessageTable, messageFromRow } from "./message-table.ts";

/** Ids per page. No read transaction is open between two pages, so that the server can shorten its write-ahead log. */
const PAGE = 500;

export interface MessageScan extends Disposable {
  /** How many messages there were when the scan was opened. */
  readonly count: number;
  /** Skips messages that are deleted meanwhile. */
  messages(): Iterable<Message>;
}

/** Throws `database_unusable` when there is no database, or one with another schema. */
export function openMessageScan(path: string): MessageScan {
  if (!existsSync(path)) {
    const detail = `${path} is not there: expected the database of a server. Check the data directory.`;
    throw new HookyardError("database_unusable", detail);
  }
  const sqlite = new Database(path, { readonly: true, timeout: 5000 });
  try {
    const found = Number(sqlite.pragma("user_version", { simple: true }));
    if (found !== MIGRATIONS.length) {
      const whatToDo =
        found < MIGRATIONS.length
          ? "start the server of this version on it once, which brings it up to date"
          : "use the version of this program that wrote it";
      const detail = `${path} has schema ${found}, schema ${MIGRATIONS.length} was expected: ${whatToDo}.`;
      throw new HookyardError("database_unusable", detail);
    }
    const count = sqlite.prepare<[], number>("SELECT count(*) FROM message").pluck().get() ?? 0;
    return { count, messages: () => scan(sqlite), [Symbol.dispose]: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function* scan(sqlite: Database.Database): Generator<Message> {
  const table = new MessageTable(sqlite);
  const idsAfter = sqlite
    .prepare<[string, number], string>("SELECT id FROM message WHERE id > ? ORDER BY id LIMIT ?")
    .pluck();
  for (let after = ""; ; ) {
    const ids = idsAfter.all(after, PAGE);
    for (const id of ids) {
      const row = table.read(id);
      if (row !== undefined) yield messageFromRow(row);
    }
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
