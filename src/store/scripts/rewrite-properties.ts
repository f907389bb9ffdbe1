/** Replaces all encrypted values when the key changes: in one transaction, on disk when it returns. */
import { existsSync } from "node:fs";
import { HookyardError } from "../../errors.ts";
import { AuditTable } from "../access/audit-table.ts";
import { openDatabase } from "../sqlite/database.ts";
import { lockDatabase } from "../sqlite/lock.ts";
import { PropertyTable, type SealedValue } from "./property-table.ts";

/** A locked database. */
export interface PropertyRewrite extends Disposable {
  readonly values: () => readonly SealedValue[];
  /** Replaces all values. */
  readonly rewrite: (values: readonly SealedValue[], at: number, keyId: string) => void;
}

/** Throws `database_unusable` while a server uses the database: the server would keep encrypting with the old key. */
export function openPropertyRewrite(path: string): PropertyRewrite {
  if (!existsSync(path)) {
    const detail = `there is no database at ${path}: set HOOKYARD_DATA_DIR`;
    throw new HookyardError("database_unusable", detail);
  }
  const lock = lockDatabase(path);
  try {
    const sqlite = openDatabase(path);
    // These commits bypass the group commit and its fsync. Values under the old key are wiped from the file.
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("secure_delete = ON");
    const [table, audit] = [new PropertyTable(sqlite), new AuditTable(sqlite)];
    const rewrite = sqlite.transaction(
      (values: readonly SealedValue[], at: number, keyId: string) => {
        const [before] = table.all();
        for (const { provider, name } of table.all()) table.remove(provider, name);
        for (const value of values) table.put(value);
        const change = { before: { key: before?.keyId }, after: { key: keyId } };
        const target = `${values.length} values`;
        audit.insert({ at, caller: null, action: "key.rotate", target, ...change });
      },
    );
    return {
      values: () => table.all(),
      rewrite: (values, at, keyId) => {
        rewrite.immediate(values, at, keyId);
        sqlite.pragma("wal_checkpoint(TRUNCATE)");
      },
      [Symbol.dispose]: () => {
        sqlite.close();
        lock[Symbol.dispose]();
      },
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}
