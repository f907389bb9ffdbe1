/** Makes SQLite refuse the n-th change of a row, in each of the possible ways. */
import Database from "better-sqlite3";

/**
 * `abort` undoes the statement, `rollback` undoes the whole transaction like a disk error, and `commit` fails only the
 * COMMIT.
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

/** Puts triggers on every table. A rollback also undoes the count of changes. */
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

/** Makes the `at`-th change from now on fail. */
export function armFault(path: string, at: number, how: Fault): void {
  const sqlite = new Database(path);
  sqlite.prepare("UPDATE fault SET seen = 0, at = ?, how = ?").run(at, how);
  sqlite.close();
}

export function disarmFaults(path: string): void {
  armFault(path, 1e9, "abort");
}

export const TABLES_OF_ACCEPT = ["message", "content", "execution", "delivery"] as const;

/** Makes inserts for one message into a table fail, until the faults are disarmed. */
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
