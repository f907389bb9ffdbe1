/** The `property` table: values of properties set over the API, encrypted. This module has no key to read them. */
import type { Sqlite } from "../sqlite/database.ts";

export interface SealedValue {
  readonly provider: string;
  readonly name: string;
  /** 0 is the current value; values at other positions are still accepted. */
  readonly position: number;
  /** Whether the property was a secret when the value was set. */
  readonly secret: boolean;
  /** Id of the key that encrypts the value. */
  readonly keyId: string;
  readonly sealed: Buffer;
}

interface PropertyRow {
  readonly provider: string;
  readonly name: string;
  readonly position: number;
  readonly secret: number;
  readonly key_id: string;
  readonly sealed: Buffer;
}

export class PropertyTable {
  readonly #all;
  readonly #insert;
  readonly #remove;

  constructor(sqlite: Sqlite) {
    this.#all = sqlite.prepare<[], PropertyRow>(
      "SELECT * FROM property ORDER BY provider, name, position",
    );
    this.#insert = sqlite.prepare<PropertyRow>(
      `INSERT OR REPLACE INTO property (provider, name, position, secret, key_id, sealed)
       VALUES (:provider, :name, :position, :secret, :key_id, :sealed)`,
    );
    this.#remove = sqlite.prepare<[string, string]>(
      "DELETE FROM property WHERE provider = ? AND name = ?",
    );
  }

  /** Sorted by position. */
  all(): readonly SealedValue[] {
    return this.#all.all().map(({ key_id: keyId, secret, ...row }) => ({
      ...row,
      keyId,
      secret: secret === 1,
    }));
  }

  /** Replaces the value at the same position. */
  put({ keyId, secret, ...value }: SealedValue): void {
    this.#insert.run({ ...value, secret: Number(secret), key_id: keyId });
  }

  /** Removes all values of a property; returns how many there were. */
  remove(provider: string, name: string): number {
    return this.#remove.run(provider, name).changes;
  }
}
