/** The `delivery` table: which deliveries were seen. Its unique key is what makes deduplication free of races. */
import type { Sqlite } from "../sqlite/database.ts";
import { SeenDeliveries } from "./seen-deliveries.ts";

export interface Delivery {
  readonly provider: string;
  /** The sender's id of it, with what else tells it apart. */
  readonly key: string;
  /** How long the same counts as a repetition. */
  readonly windowMs: number;
}

/** Each time at most 500 go: more than came in between. */
const PURGE_EVERY = 250;
/** Of the last process, so many are known at once: those that were to be forgotten last. */
const KNOWN_AT_START = 20_000;

export class DeliveryTable {
  readonly #claim;
  readonly #holder;
  readonly #has;
  readonly #purge;
  readonly #seen = new SeenDeliveries();
  #claims = 0;

  constructor(sqlite: Sqlite) {
    this.#claim = sqlite.prepare<{
      provider: string;
      deliveryId: string;
      messageId: string;
      expiresAt: number;
      now: number;
    }>(
      `INSERT INTO delivery (provider, delivery_id, message_id, expires_at) VALUES (:provider, :deliveryId, :messageId, :expiresAt)
       ON CONFLICT DO UPDATE SET message_id = excluded.message_id, expires_at = excluded.expires_at WHERE expires_at <= :now`,
    );
    this.#holder = sqlite
      .prepare<[string, string], string>(
        "SELECT message_id FROM delivery WHERE provider = ? AND delivery_id = ?",
      )
      .pluck();
    this.#has = sqlite.prepare<[string, string, number]>(
      "SELECT 1 FROM delivery WHERE provider = ? AND delivery_id = ? AND expires_at > ?",
    );
    this.#purge = sqlite.prepare<[number]>(
      "DELETE FROM delivery WHERE (provider, delivery_id) IN (SELECT provider, delivery_id FROM delivery WHERE expires_at <= ? LIMIT 500)",
    );
    const latest = sqlite.prepare<[number], { provider: string; key: string }>(
      "SELECT provider, delivery_id AS key FROM delivery ORDER BY expires_at DESC LIMIT ?",
    );
    // The latest comes last: it may take the place of another.
    for (const { provider, key } of latest.all(KNOWN_AT_START).reverse())
      this.#seen.add(provider, key);
  }

  /** Undefined when the delivery is new and now belongs to this message; else the message it already belongs to. */
  claim(
    { provider, key, windowMs }: Delivery,
    { id: messageId, now }: { readonly id: string; readonly now: number },
  ): string | undefined {
    this.#claims += 1;
    if (this.#claims % PURGE_EVERY === 0) this.purge(now);
    const expiresAt = now + windowMs;
    const row = { provider, deliveryId: key, messageId, expiresAt, now };
    this.#seen.add(provider, key);
    return this.#claim.run(row).changes === 1 ? undefined : this.#holder.get(provider, key);
  }

  /** Whether it is known to have come before: false also when that was forgotten, which only `claim` can tell. */
  isKnown({ provider, key }: Delivery, now: number): boolean {
    return this.#seen.has(provider, key) && this.#has.get(provider, key, now) !== undefined;
  }

  /** Writes and takes back a row: a disk that is full shows only when it is written to. */
  probe(): void {
    this.#claim.run({ provider: "", deliveryId: "probe", messageId: "", expiresAt: 0, now: 1 });
    this.#purge.run(0);
  }

  /** Forgets some of the deliveries whose window is over. */
  purge(now: number): void {
    this.#purge.run(now);
  }
}
