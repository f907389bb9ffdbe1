/** The `delivery` table: registered deliveries. Its unique key makes deduplication free of races. */
import type { Sqlite } from "../sqlite/database.ts";
import { SeenDeliveries } from "./seen-deliveries.ts";

export interface Delivery {
  readonly provider: string;
  /** The URI and the sender's delivery id. */
  readonly key: string;
  /** How long a repetition is recognised. */
  readonly windowMs: number;
}

/** Registrations between two purges. A purge removes at most 500 rows, more than were added in between. */
const PURGE_EVERY = 250;
/** Deliveries loaded into the cache at a start: those that expire last. */
const KNOWN_AT_START = 20_000;

export class DeliveryTable {
  readonly #register;
  readonly #holder;
  readonly #has;
  readonly #purge;
  readonly #seen = new SeenDeliveries();
  #registrations = 0;

  constructor(sqlite: Sqlite) {
    this.#register = sqlite.prepare<{
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
    // Loads the latest last, because a later entry may overwrite an earlier one.
    for (const { provider, key } of latest.all(KNOWN_AT_START).reverse())
      this.#seen.add(provider, key);
  }

  /**
   * Registers the delivery for this message and returns undefined; if another message registered it before, returns the
   * id of that message.
   */
  register(
    { provider, key, windowMs }: Delivery,
    { id: messageId, now }: { readonly id: string; readonly now: number },
  ): string | undefined {
    this.#registrations += 1;
    if (this.#registrations % PURGE_EVERY === 0) this.purge(now);
    const expiresAt = now + windowMs;
    const row = { provider, deliveryId: key, messageId, expiresAt, now };
    this.#seen.add(provider, key);
    return this.#register.run(row).changes === 1 ? undefined : this.#holder.get(provider, key);
  }

  /**
   * Whether the delivery is registered. May be false for a registered one that the cache forgot: only `register` is
   * certain.
   */
  isKnown({ provider, key }: Delivery, now: number): boolean {
    return this.#seen.has(provider, key) && this.#has.get(provider, key, now) !== undefined;
  }

  /** Writes and removes a row: a full disk shows only when it is written to. */
  probe(): void {
    this.#register.run({ provider: "", deliveryId: "probe", messageId: "", expiresAt: 0, now: 1 });
    this.#purge.run(0);
  }

  /** Removes some of the deliveries whose window is over. */
  purge(now: number): void {
    this.#purge.run(now);
  }
}
