/** Reads facts about a database without opening it for a server: read-only, so that nothing in it changes. */
import Database from "better-sqlite3";
import { causedBy, HookyardError } from "../../errors.ts";
import { MIGRATIONS } from "./migrations.ts";

export interface Inspected {
  /** Ids of the keys that encrypt its secrets. */
  readonly keyIds: ReadonlySet<string>;
}

/** Throws `database_unusable` if the file is not a database, is visibly damaged, or was written by a later version. */
export function inspectDatabase(path: string): Inspected {
  const sqlite = new Database(path, { readonly: true, timeout: 5000 });
  try {
    const schema = Number(sqlite.pragma("user_version", { simple: true }));
    if (schema > MIGRATIONS.length) {
      const detail = `${path} has schema ${schema}, expected at most ${MIGRATIONS.length}: a later version of this program wrote it. Use that version.`;
      throw new HookyardError("database_unusable", detail);
    }
    const has = sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'property'");
    if (has.get() === undefined) return { keyIds: new Set() };
    const ids = sqlite.prepare<[], string>("SELECT DISTINCT key_id FROM property").pluck();
    return { keyIds: new Set(ids.all()) };
  } catch (cause) {
    if (cause instanceof HookyardError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const detail = `${path} cannot be read: ${why}. Restore a backup if it is damaged.`;
    throw causedBy(cause, "database_unusable", detail);
  } finally {
    sqlite.close();
  }
}
