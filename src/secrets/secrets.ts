/** Values of properties set over the API: decrypted only here, in the main process, and encrypted on disk. */
import { HookyardError } from "../errors.ts";
import type { PropertyChange, PropertyStore } from "../store/scripts/property-store.ts";
import type { SealedValue } from "../store/scripts/property-table.ts";
import { makeKeyFile } from "./key-file.ts";
import { type KeySettings, keyInForce } from "./keyring.ts";
import { type PropertyRef, type SecretKey, seal, unseal } from "./sealing.ts";

export interface StoredProperty {
  /** Whether the property was a secret when the value was set. */
  readonly secret: boolean;
  /** The first value is the current one; the others are still accepted. */
  readonly values: readonly string[];
}

export class Secrets {
  readonly #settings: KeySettings;
  readonly #store: PropertyStore;
  #key: SecretKey | undefined;
  #byProperty: ReadonlyMap<string, StoredProperty>;

  /** Throws `bad_configuration` when the key does not fit the values, `database_unusable` for a damaged value. */
  constructor(settings: KeySettings, store: PropertyStore) {
    this.#settings = settings;
    this.#store = store;
    this.#key = keyInForce(settings, new Set(store.all().map(({ keyId }) => keyId)));
    this.#byProperty = openAll(store.all(), this.#key);
  }

  /** Undefined when no value was set over the API. */
  find(provider: string, name: string): StoredProperty | undefined {
    return this.#byProperty.get(keyOf({ provider, name }));
  }

  /** Resolves once the encrypted values are on disk. Creates the key at the first use if none is configured. */
  async set(
    property: PropertyRef,
    { secret, values }: StoredProperty,
    change: PropertyChange,
  ): Promise<void> {
    this.#key ??= makeKeyFile(this.#settings.secretKeyFile);
    const { id: keyId } = this.#key;
    const key = this.#key;
    const { provider, name } = property;
    const rows = values.map((value, position) => {
      return { provider, name, position, secret, keyId, sealed: seal(value, property, key) };
    });
    await this.#store.replace(property, rows, change);
    this.#byProperty = new Map([...this.#byProperty, [keyOf(property), { secret, values }]]);
  }

  /** False when no value was set. */
  async remove(property: PropertyRef, change: PropertyChange): Promise<boolean> {
    if (!this.#byProperty.has(keyOf(property))) return false;
    await this.#store.replace(property, [], change);
    this.#byProperty = new Map([...this.#byProperty].filter(([key]) => key !== keyOf(property)));
    return true;
  }
}

const keyOf = ({ provider, name }: PropertyRef): string => JSON.stringify([provider, name]);

function openAll(
  rows: readonly SealedValue[],
  key: SecretKey | undefined,
): ReadonlyMap<string, StoredProperty> {
  const byProperty = new Map<string, StoredProperty>();
  for (const row of rows) {
    const value = openValue(row, key);
    const before = byProperty.get(keyOf(row));
    const secret = row.secret || before?.secret === true;
    byProperty.set(keyOf(row), { secret, values: [...(before?.values ?? []), value] });
  }
  return byProperty;
}

/** Throws `database_unusable` for a damaged value: a provider without its secret would accept forged messages. */
export function openValue(row: SealedValue, key: SecretKey | undefined): string {
  const value = key === undefined ? undefined : unseal(row.sealed, row, key);
  if (value !== undefined) return value;
  const detail = `a value of property ${row.name} of provider ${row.provider} is damaged: restore a backup, or remove all values with hookyard rotate-key --discard and set them again`;
  throw new HookyardError("database_unusable", detail);
}
