/** Scripts in the database: reads are synchronous; changes are written with the next commit. */
import type { DefinitionKind, VersionInUse } from "../../model/definition.ts";
import type { AuditTable } from "../access/audit-table.ts";
import type { Write } from "../sqlite/writer.ts";
import type { NewVersion, ScriptTable, ScriptVersion, UsedScriptVersion } from "./script-table.ts";

export class ScriptStore {
  readonly #table: ScriptTable;
  readonly #audit: AuditTable;
  readonly #write: Write;

  constructor(table: ScriptTable, audit: AuditTable, write: Write) {
    this.#table = table;
    this.#audit = audit;
    this.#write = write;
  }

  installed(): readonly ScriptVersion[] {
    return this.#table.installed();
  }

  /** Newest first. */
  versions(kind: DefinitionKind, name: string): readonly UsedScriptVersion[] {
    return this.#table.versions(kind, name);
  }

  /** By number or hash. */
  version(kind: DefinitionKind, name: string, which: number | string): ScriptVersion | undefined {
    return this.#table.version(kind, name, which);
  }

  /** The number of a version; undefined if it is not stored. */
  numberOf(version: VersionInUse): number | undefined {
    return this.#table.numberOf(version);
  }

  /** Versions in use at `time` (milliseconds since the epoch), from files and from the database. */
  inUse(time: number): readonly VersionInUse[] {
    return this.#table.inUse(time);
  }

  /** Stores new versions, and records that exactly the `used` ones are in use from `time` on. */
  keep(
    versions: readonly NewVersion[],
    used: readonly VersionInUse[],
    time: number,
  ): Promise<void> {
    return this.#write(() => {
      for (const version of versions) this.#table.keep(version);
      this.#table.noteUse(used, time);
    });
  }

  /**
   * Stores versions and puts them to use, all or none; resolves with their numbers. A version that is in use already
   * changes nothing, so it leaves no audit entry.
   */
  install(versions: readonly NewVersion[]): Promise<readonly number[]> {
    return this.#write(() =>
      versions.map((version) => {
        const { kind, name, author: caller, createdAt: at, note } = version;
        const before = this.#table.used(kind, name);
        const number = this.#table.keep(version);
        if (number === before) return number;
        this.#table.use(kind, name, number);
        const known = before === undefined ? {} : { before: { number: before } };
        const after = { number, version: version.version, note };
        const action = `${kind}.${before === undefined ? "create" : "change"}` as const;
        this.#audit.insert({ at, caller, action, target: name, ...known, after });
        return number;
      }),
    );
  }

  /** Uninstalls scripts, all or none. `by` is the name of a token, `at` is in milliseconds since the epoch. */
  remove(
    scripts: readonly { readonly kind: DefinitionKind; readonly name: string }[],
    { by: caller, at }: { readonly by: string; readonly at: number },
  ): Promise<void> {
    return this.#write(() => {
      for (const { kind, name } of scripts) {
        const number = this.#table.used(kind, name);
        if (number === undefined) continue;
        const action = `${kind}.delete` as const;
        this.#audit.insert({ at, caller, action, target: name, before: { number } });
        this.#table.remove(kind, name);
      }
    });
  }
}
