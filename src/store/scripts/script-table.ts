/** The `script_version` and `definition` tables: the installed definitions, and every version that was ever used. */
import type { DefinitionKind, VersionInUse } from "../../model/definition.ts";
import type { Sqlite } from "../sqlite/database.ts";

interface VersionRow {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly number: number;
  readonly version: string;
  readonly origin: "file" | "database";
  readonly definition: string;
  readonly script: string;
  readonly modules: string;
  readonly author: string | null;
  readonly note: string | null;
  readonly created_at: number;
}

const MAX_CACHED = 16;

interface UseRow {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly since: number;
  readonly version: string | null;
}

/** A version before it is numbered. */
export interface NewVersion extends VersionInUse {
  readonly origin: "file" | "database";
  /** The content of `provider.json` or `function.json`. */
  readonly file: unknown;
  readonly source: string;
  /** Sources of the shared modules it imports, by path. */
  readonly modules: Readonly<Record<string, string>>;
  readonly author: string | null;
  readonly note: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}
export interface ScriptVersion extends NewVersion {
  readonly number: number;
}

export interface UsedScriptVersion extends ScriptVersion {
  /** When it was last put to use, in milliseconds since the epoch; null for never. */
  readonly lastUsedAt: number | null;
}
interface LastUse {
  readonly last_used_at: number | null;
}

export class ScriptTable {
  readonly #installed;
  readonly #versions;
  readonly #byNumber;
  readonly #byVersion;
  readonly #number;
  readonly #insert;
  readonly #use;
  readonly #remove;
  readonly #inUse;
  readonly #noteUse;
  readonly #lastChange;
  /** Cache of the versions in use, by the time of the last change. */
  readonly #inUseCache = new Map<number, readonly VersionInUse[]>();
  readonly #used;

  constructor(sqlite: Sqlite) {
    this.#installed = sqlite.prepare<[], VersionRow>(
      "SELECT script_version.* FROM definition JOIN script_version USING (kind, name, number)",
    );
    this.#versions = sqlite.prepare<[DefinitionKind, string], VersionRow & LastUse>(
      `SELECT script_version.*, (SELECT MAX(since) FROM script_use
         WHERE kind = script_version.kind AND name = script_version.name AND version = script_version.version) AS last_used_at
       FROM script_version WHERE kind = ? AND name = ? ORDER BY number DESC`,
    );
    this.#byNumber = sqlite.prepare<[DefinitionKind, string, number], VersionRow>(
      "SELECT * FROM script_version WHERE kind = ? AND name = ? AND number = ?",
    );
    this.#byVersion = sqlite.prepare<[DefinitionKind, string, string], VersionRow>(
      "SELECT * FROM script_version WHERE kind = ? AND name = ? AND version = ?",
    );
    this.#number = sqlite
      .prepare<[DefinitionKind, string, string], number>(
        "SELECT number FROM script_version WHERE kind = ? AND name = ? AND version = ?",
      )
      .pluck();
    this.#insert = sqlite
      .prepare<Omit<VersionRow, "number">, number>(
        `INSERT INTO script_version (kind, name, number, version, origin, definition, script, modules, author, note, created_at)
         VALUES (:kind, :name, (SELECT COALESCE(MAX(number), 0) + 1 FROM script_version WHERE kind = :kind AND name = :name),
           :version, :origin, :definition, :script, :modules, :author, :note, :created_at)
         RETURNING number`,
      )
      .pluck();
    this.#use = sqlite.prepare<[DefinitionKind, string, number]>(
      "INSERT INTO definition (kind, name, number) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = excluded.number",
    );
    this.#used = sqlite
      .prepare<[DefinitionKind, string], number>(
        "SELECT number FROM definition WHERE kind = ? AND name = ?",
      )
      .pluck();
    this.#remove = sqlite.prepare<[DefinitionKind, string]>(
      "DELETE FROM definition WHERE kind = ? AND name = ?",
    );
    // In a group SQLite takes the other columns from the row with the maximum.
    this.#inUse = sqlite.prepare<[number], UseRow>(
      "SELECT kind, name, version, MAX(since) AS since FROM script_use WHERE since <= ? GROUP BY kind, name",
    );
    this.#lastChange = sqlite
      .prepare<[number], number | null>("SELECT MAX(since) FROM script_use WHERE since <= ?")
      .pluck();
    this.#noteUse = sqlite.prepare<UseRow>(
      `INSERT INTO script_use (kind, name, since, version) VALUES (:kind, :name, :since, :version)
       ON CONFLICT DO UPDATE SET version = excluded.version`,
    );
  }

  /** The installed version of each script in the database. */
  installed(): readonly ScriptVersion[] {
    return this.#installed.all().map(versionFromRow);
  }

  /** Newest first. */
  versions(kind: DefinitionKind, name: string): readonly UsedScriptVersion[] {
    return this.#versions
      .all(kind, name)
      .map(({ last_used_at: lastUsedAt, ...row }) => ({ ...versionFromRow(row), lastUsedAt }));
  }

  version(kind: DefinitionKind, name: string, which: number | string): ScriptVersion | undefined {
    const row =
      typeof which === "number"
        ? this.#byNumber.get(kind, name, which)
        : this.#byVersion.get(kind, name, which);
    return row === undefined ? undefined : versionFromRow(row);
  }

  /** The number of a version; undefined if it is not stored. */
  numberOf({ kind, name, version }: VersionInUse): number | undefined {
    return this.#number.get(kind, name, version);
  }

  /** Stores a version unless it exists already; returns its number. */
  keep({ kind, name, version, ...rest }: NewVersion): number {
    const known = this.numberOf({ kind, name, version });
    if (known !== undefined) return known;
    const number = this.#insert.get({
      kind,
      name,
      version,
      origin: rest.origin,
      definition: JSON.stringify(rest.file),
      script: rest.source,
      modules: JSON.stringify(rest.modules),
      author: rest.author,
      note: rest.note,
      created_at: rest.createdAt,
    });
    return Number(number);
  }

  /** The number of the version in use; undefined when the script is not installed in the database. */
  used(kind: DefinitionKind, name: string): number | undefined {
    return this.#used.get(kind, name);
  }

  use(kind: DefinitionKind, name: string, number: number): void {
    this.#use.run(kind, name, number);
  }

  /**
   * Versions in use at `time` (milliseconds since the epoch), from files and from the database. Returns the same array
   * until the next change, so that callers can cache by it.
   */
  inUse(time: number): readonly VersionInUse[] {
    const since = this.#lastChange.get(time) ?? 0;
    const known = this.#inUseCache.get(since);
    if (known !== undefined) return known;
    const found = this.#inUse
      .all(time)
      .flatMap(({ kind, name, version }) => (version === null ? [] : [{ kind, name, version }]));
    const [oldest] = this.#inUseCache.keys();
    if (this.#inUseCache.size === MAX_CACHED && oldest !== undefined)
      this.#inUseCache.delete(oldest);
    this.#inUseCache.set(since, found);
    return found;
  }

  /** Records that exactly these versions are in use from `time` on. */
  noteUse(used: readonly VersionInUse[], time: number): void {
    this.#inUseCache.clear();
    const keyOf = ({ kind, name }: Pick<UseRow, "kind" | "name">) => `${kind} ${name}`;
    const last = new Map(this.#inUse.all(Number.MAX_SAFE_INTEGER).map((row) => [keyOf(row), row]));
    const note = ({ kind, name }: Pick<UseRow, "kind" | "name">, version: string | null) => {
      const before = last.get(keyOf({ kind, name }));
      if ((before?.version ?? null) === version) return;
      // After the clock was set back, a newer change must still sort after an older one.
      this.#noteUse.run({ kind, name, version, since: Math.max(time, before?.since ?? 0) });
    };
    const now = new Set(used.map(keyOf));
    for (const one of used) note(one, one.version);
    for (const [key, row] of last) if (!now.has(key)) note(row, null);
  }

  /** Uninstalls a script. Its versions stay, because messages refer to them. */
  remove(kind: DefinitionKind, name: string): boolean {
    return this.#remove.run(kind, name).changes === 1;
  }
}

const versionFromRow = ({ definition, script, modules, created_at, ...row }: VersionRow) => ({
  ...row,
  file: JSON.parse(definition),
  source: script,
  modules: JSON.parse(modules),
  createdAt: created_at,
});
