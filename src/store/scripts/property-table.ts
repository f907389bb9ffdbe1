/** The `property` table: values of properties that were set over the API, encrypted. Nothing here can read them. */
import type { Sqlite } from "../sqlite/database.ts";

export interface SealedValue {
  readonly provider: string;
  readonly name: string;
  /** 0 is the current value; the others are still accepted. */
  readonly position: number;
  /** Whether it was a secret as it was set. */
  readonly secret: boolean;
  /** Which key it was encrypted with. */
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

  /** In the order of their positions. */
  all(): readonly SealedValue[] {
    return this.#all.all().map(({ key_id: keyId, secret, ...row }) => ({
      ...row,
      keyId,
      secret: secret === 1,
    }));
  }

  /** Takes the place of one at the same position. */
  put({ keyId, secret, ...value }: SealedValue): void {
    this.#insert.run({ ...value, secret: Number(secret), key_id: keyId });
  }

  /** All values of a property; returns how many there were. */
  remove(provider: string, name: string): number {
    return this.#remove.run(provider, name).changes;
  }
}
