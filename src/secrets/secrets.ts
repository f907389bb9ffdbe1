/** Values of properties that were set over the API: in the clear only here, in the main process, and encrypted on disk. */
import { HookyardError } from "../errors.ts";
import type { PropertyChange, PropertyStore } from "../store/scripts/property-store.ts";
import type { SealedValue } from "../store/scripts/property-table.ts";
import { makeKeyFile } from "./key-file.ts";
import { type KeySettings, keyInForce } from "./keyring.ts";
import { type Place, type SecretKey, seal, unseal } from "./sealing.ts";

export interface StoredProperty {
  /** Whether it was a secret as it was set. */
  readonly secret: boolean;
  /** The first is the current one; the others are still accepted. */
  readonly values: readonly string[];
}

export class Secrets {
  readonly #settings: KeySettings;
  readonly #store: PropertyStore;
  #key: SecretKey | undefined;
  #known: ReadonlyMap<string, StoredProperty>;

  /** Throws `bad_configuration` when the key is not the one the values need, `database_unusable` for a damaged value. */
  constructor(settings: KeySettings, store: PropertyStore) {
    this.#settings = settings;
    this.#store = store;
    this.#key = keyInForce(settings, new Set(store.all().map(({ keyId }) => keyId)));
    this.#known = openAll(store.all(), this.#key);
  }

  /** Undefined when none was set here. */
  find(provider: string, name: string): StoredProperty | undefined {
    return this.#known.get(keyOf({ provider, name }));
  }

  /** Encrypted and on disk when it resolves. The first use makes the key, when none is given. */
  async set(
    place: Place,
    { secret, values }: StoredProperty,
    change: PropertyChange,
  ): Promise<void> {
    this.#key ??= makeKeyFile(this.#settings.secretKeyFile);
    const { id: keyId } = this.#key;
    const key = this.#key;
    const { provider, name } = place;
    const rows = values.map((value, position) => {
      return { provider, name, position, secret, keyId, sealed: seal(value, place, key) };
    });
    await this.#store.replace(place, rows, change);
    this.#known = new Map([...this.#known, [keyOf(place), { secret, values }]]);
  }

  /** False when none was set. */
  async remove(place: Place, change: PropertyChange): Promise<boolean> {
    if (!this.#known.has(keyOf(place))) return false;
    await this.#store.replace(place, [], change);
    this.#known = new Map([...this.#known].filter(([key]) => key !== keyOf(place)));
    return true;
  }
}

const keyOf = ({ provider, name }: Place): string => JSON.stringify([provider, name]);

function openAll(
  rows: readonly SealedValue[],
  key: SecretKey | undefined,
): ReadonlyMap<string, StoredProperty> {
  const known = new Map<string, StoredProperty>();
  for (const row of rows) {
    const value = openValue(row, key);
    const before = known.get(keyOf(row));
    const secret = row.secret || before?.secret === true;
    known.set(keyOf(row), { secret, values: [...(before?.values ?? []), value] });
  }
  return known;
}

/** Throws `database_unusable`: a provider that went on without its secret would let forged messages in. */
export function openValue(row: SealedValue, key: SecretKey | undefined): string {
  const value = key === undefined ? undefined : unseal(row.sealed, row, key);
  if (value !== undefined) return value;
  const detail = `a value of property ${row.name} of provider ${row.provider} is damaged: restore a backup, or remove all values with hookyard rotate-key --discard and set them again`;
  throw new HookyardError("database_unusable", detail);
}
