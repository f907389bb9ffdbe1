/** The `kv` table: values that functions keep from run to run. Each function sees only its own. */
import type { Sqlite } from "../sqlite/database.ts";

/** Sizes are in bytes of UTF-8. */
const MAX_KEY = 512;
/** Bytes of one value as JSON. */
const MAX_VALUE = 65_536;
/** Limits per function. */
const MAX_KEYS = 1000;
const MAX_TOTAL = 16 * 1024 * 1024;

export interface KvWrite {
  readonly function: string;
  readonly key: string;
  /** JSON. */
  readonly value: string;
  /** Milliseconds since the epoch; null never expires. */
  readonly expiresAt: number | null;
}

/** Why a write was refused, for the author of the script. */
export interface KvRefused {
  readonly refused: string;
  /** The value has another type than the script expects; otherwise a limit of the store was exceeded. */
  readonly isMistake?: true;
}

interface Slot {
  readonly function: string;
  readonly key: string;
  readonly now: number;
}

export class KvTable {
  readonly #get;
  readonly #put;
  readonly #delete;
  readonly #purge;
  readonly #others;

  constructor(sqlite: Sqlite) {
    this.#get = sqlite.prepare<
      Slot,
      { readonly value: string; readonly expires_at: number | null }
    >(
      "SELECT value, expires_at FROM kv WHERE function = :function AND key = :key AND (expires_at IS NULL OR expires_at > :now)",
    );
    this.#put = sqlite.prepare<KvWrite & { readonly size: number }>(
      `INSERT INTO kv (function, key, value, size, expires_at) VALUES (:function, :key, :value, :size, :expiresAt)
       ON CONFLICT DO UPDATE SET value = excluded.value, size = excluded.size, expires_at = excluded.expires_at`,
    );
    this.#delete = sqlite.prepare<Omit<Slot, "now">>(
      "DELETE FROM kv WHERE function = :function AND key = :key",
    );
    this.#purge = sqlite.prepare<Omit<Slot, "key">>(
      "DELETE FROM kv WHERE function = :function AND expires_at <= :now",
    );
    this.#others = sqlite.prepare<
      Omit<Slot, "now">,
      { readonly keys: number; readonly total: number }
    >(
      "SELECT count(*) AS keys, coalesce(sum(size), 0) AS total FROM kv WHERE function = :function AND key <> :key",
    );
  }

  get(slot: Slot): string | undefined {
    return this.#get.get(slot)?.value;
  }

  /**
   * With `expected` the value is written only if the current value equals it; `null` means there is none. False
   * otherwise.
   */
  set(write: KvWrite, now: number, expected?: string | null): boolean | KvRefused {
    if (expected !== undefined) {
      const current = this.get({ ...write, now }) ?? null;
      if (current !== expected) return false;
    }
    return this.#refusal(write, now) ?? this.#write(write);
  }

  /** False when there was no value. */
  delete(slot: Slot): boolean {
    const existed = this.get(slot) !== undefined;
    this.#delete.run({ function: slot.function, key: slot.key });
    return existed;
  }

  /** Without a new expiry the old one stays. */
  increment(slot: Slot, by: number, expiresAt: number | undefined): number | KvRefused {
    const before = this.#get.get(slot);
    const sum = kvSum(slot.key, before?.value, by);
    if (typeof sum !== "number") return sum;
    const write = {
      function: slot.function,
      key: slot.key,
      value: String(sum),
      expiresAt: expiresAt ?? before?.expires_at ?? null,
    };
    const refusal = this.#refusal(write, slot.now);
    if (refusal !== undefined) return refusal;
    this.#write(write);
    return sum;
  }

  #write(write: KvWrite): boolean {
    const size = bytesOf(write.key) + bytesOf(write.value);
    return this.#put.run({ ...write, size }).changes === 1;
  }

  #refusal({ function: name, key, value }: KvWrite, now: number): KvRefused | undefined {
    const tooLong = kvTooLong(key, value);
    if (tooLong !== undefined) return tooLong;
    if (this.#fits(name, key, value)) return undefined;
    this.#purge.run({ function: name, now });
    if (this.#fits(name, key, value)) return undefined;
    const refused = `kv: a function may keep ${MAX_KEYS} keys and ${MAX_TOTAL} bytes in all; delete some, or give them ttlSeconds`;
    return { refused };
  }

  #fits(name: string, key: string, value: string): boolean {
    const { keys = 0, total = 0 } = this.#others.get({ function: name, key }) ?? {};
    return keys < MAX_KEYS && total + bytesOf(key) + bytesOf(value) <= MAX_TOTAL;
  }
}

/** The sum of `before` (JSON) and `by`; without `before` it counts from 0. */
export function kvSum(key: string, before: string | undefined, by: number): number | KvRefused {
  if (bytesOf(key) > MAX_KEY) return keyTooLong(key);
  const current: unknown = before === undefined ? 0 : JSON.parse(before);
  const sum = typeof current === "number" ? current + by : Number.NaN;
  if (Number.isSafeInteger(sum)) return sum;
  const refused = `kv.increment: the value of ${JSON.stringify(key)} is no whole number, or the sum is too large to be exact`;
  return { refused, isMistake: true };
}

/** Why a key or a value (JSON) exceeds its own limit, whatever else the function keeps. */
export function kvTooLong(key: string, value: string): KvRefused | undefined {
  if (bytesOf(key) > MAX_KEY) return keyTooLong(key);
  const bytes = bytesOf(value);
  if (bytes <= MAX_VALUE) return undefined;
  return {
    refused: `kv: the value has ${bytes} bytes as JSON, at most ${MAX_VALUE} are allowed`,
  };
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

const keyTooLong = (key: string): KvRefused => ({
  refused: `kv: the key has ${bytesOf(key)} bytes, at most ${MAX_KEY} are allowed`,
});
