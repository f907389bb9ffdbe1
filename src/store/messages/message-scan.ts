/** Reads the message log from beside the server, oldest first and one message at a time; writes nothing and locks nobody out. */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { HookyardError } from "../../errors.ts";
import type { Message } from "../../model/message.ts";
import { MIGRATIONS } from "../sqlite/migrations.ts";
import { MessageTable, messageFromRow } from "./message-table.ts";

/** Ids read at once: between two pages nothing is held open, so that the server's log can be shortened. */
const PAGE = 500;

export interface MessageScan extends Disposable {
  /** How many there were when the scan was opened. */
  readonly count: number;
  /** Messages that are deleted meanwhile are left out. */
  messages(): Iterable<Message>;
}

/** Throws `database_unusable` when there is none, or one that this program does not know. */
export function openMessageScan(path: string): MessageScan {
  if (!existsSync(path)) {
    const detail = `${path} is not there: expected the database of a server. Name its data directory.`;
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
