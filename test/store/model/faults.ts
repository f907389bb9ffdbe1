/** Makes SQLite itself refuse the n-th change of a row, in each of the ways in which it can. */
import Database from "better-sqlite3";

/**
 * `abort` undoes the statement, `rollback` the whole transaction, as a disk error does, and `commit` lets everything pass
 * but the COMMIT.
 */
export const FAULTS = ["abort", "rollback", "commit"] as const;
export type Fault = (typeof FAULTS)[number];

const TABLES = ["message", "content", "execution", "attempt", "delivery"] as const;
const CHANGES = ["INSERT", "UPDATE", "DELETE"] as const;

const SCHEMA = `
  CREATE TABLE fault (seen INTEGER NOT NULL, at INTEGER NOT NULL, how TEXT NOT NULL);
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE dangling (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
`;

const FAIL = `
  SELECT RAISE(ABORT, 'injected') FROM fault WHERE seen >= at AND how = 'abort';
  SELECT RAISE(ROLLBACK, 'injected') FROM fault WHERE seen >= at AND how = 'rollback';
  INSERT INTO dangling SELECT 1 FROM fault WHERE seen >= at AND how = 'commit';
`;

/** Puts triggers on every table. The count of changes is rolled back with what it counts. */
export function installFaults(path: string): void {
  const sqlite = new Database(path);
  sqlite.exec(`${SCHEMA} INSERT INTO fault VALUES (0, 1e9, '');`);
  for (const table of TABLES) {
    for (const change of CHANGES) {
      sqlite.exec(`
        CREATE TRIGGER fault_${table}_${change} BEFORE ${change} ON ${table} BEGIN
          UPDATE fault SET seen = seen + 1;
          ${FAIL}
        END;`);
    }
  }
  sqlite.close();
}

/** From now on the `at`-th change fails. */
export function armFault(path: string, at: number, how: Fault): void {
  const sqlite = new Database(path);
  sqlite.prepare("UPDATE fault SET seen = 0, at = ?, how = ?").run(at, how);
  sqlite.close();
}

export function disarmFaults(path: string): void {
  armFault(path, 1e9, "abort");
}

export const TABLES_OF_ACCEPT = ["message", "content", "execution", "delivery"] as const;

/** From now on nothing about one message can be inserted into a table, until the faults are disarmed. */
export function failFor(
  path: string,
  messageId: string,
  table: (typeof TABLES_OF_ACCEPT)[number],
  how: Fault,
): void {
  const sqlite = new Database(path);
  const column = table === "message" ? "id" : "message_id";
  sqlite.exec(`${SCHEMA} INSERT INTO fault VALUES (0, 0, '${how}');
    CREATE TRIGGER fault BEFORE INSERT ON ${table} WHEN NEW.${column} = '${messageId}' BEGIN ${FAIL} END;`);
  sqlite.close();
}
