/** Scripts in the database: reads at once, changes with the next commit. */
import type { DefinitionKind, NewVersion, ScriptTable, ScriptVersion } from "./script-table.ts";

export class ScriptStore {
  readonly #table: ScriptTable;
  readonly #write: <T>(run: () => T) => Promise<T>;

  constructor(table: ScriptTable, write: <T>(run: () => T) => Promise<T>) {
    this.#table = table;
    this.#write = write;
  }

  installed(): readonly ScriptVersion[] {
    return this.#table.installed();
  }

  /** Newest first. */
  versions(kind: DefinitionKind, name: string): readonly ScriptVersion[] {
    return this.#table.versions(kind, name);
  }

  /** By its number or its hash. */
  version(kind: DefinitionKind, name: string, which: number | string): ScriptVersion | undefined {
    return this.#table.version(kind, name, which);
  }

  /** Keeps versions that were not seen before. */
  keep(versions: readonly NewVersion[]): Promise<void> {
    return this.#write(() => {
      for (const version of versions) this.#table.keep(version);
    });
  }

  /** Keeps versions and puts them to use, all or none; resolves with their numbers. */
  install(versions: readonly NewVersion[]): Promise<readonly number[]> {
    return this.#write(() =>
      versions.map((version) => {
        const number = this.#table.keep(version);
        this.#table.use(version.kind, version.name, number);
        return number;
      }),
    );
  }

  remove(kind: DefinitionKind, name: string): Promise<boolean> {
    return this.#write(() => this.#table.remove(kind, name));
  }
}
