/** The `delivery` table: registered deliveries. Its unique key makes deduplication free of races. */
import type { MessageStatus } from "../../model/message.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { SeenDeliveries } from "./seen-deliveries.ts";

export interface Delivery {
  readonly provider: string;
  /** The URI and the sender's delivery id. */
  readonly key: string;
  /** How long a repetition is recognised. */
  readonly windowMs: number;
}

/** The registration of a delivery by an earlier message. */
export interface Registration {
  /** The message that answers for the delivery: the first one, or the last one that ran failed functions again. */
  readonly messageId: string;
  readonly firstId: string;
  /** The functions that failed for good, and that no repetition runs now. */
  readonly failed: readonly string[];
}

interface RegistrationRow {
  readonly messageId: string;
  readonly firstId: string | null;
  readonly failed: string | null;
}

/** The delivery with the id that the message `:of` came with. */
const WITH_ITS_ID =
  "(provider, delivery_id) = (SELECT provider, uri || char(10) || delivery_id FROM message WHERE id = :of)";
/**
 * The registration is by the message `:of`, or by one that it repeats. The id alone says nothing: a message of an
 * earlier window has it too, and so has one that a stranger sent.
 */
const REGISTERED =
  "(:of IN (message_id, first_id) OR (SELECT repetition_of FROM message WHERE id = :of) IN (message_id, first_id))";
/** The same for a message that an operator resubmits, which may be a resubmission or a duplicate itself. */
const REGISTERED_ORIGINAL = `EXISTS (
  WITH RECURSIVE original (id) AS (SELECT :of UNION SELECT resubmitted_from FROM message JOIN original USING (id) WHERE resubmitted_from IS NOT NULL)
  SELECT 1 FROM original LEFT JOIN message USING (id)
  WHERE original.id IN (delivery.message_id, delivery.first_id)
    OR ifnull(repetition_of, duplicate_of) IN (delivery.message_id, delivery.first_id))`;

/** Registrations between two purges. A purge removes at most 500 rows, more than were added in between. */
const PURGE_EVERY = 250;
/** Deliveries loaded into the cache at a start: those that expire last. */
const KNOWN_AT_START = 20_000;

export class DeliveryTable {
  readonly #register;
  readonly #registration;
  readonly #repeat;
  readonly #noteFailed;
  readonly #noteResubmitted;
  readonly #resubmissions;
  readonly #answerWith;
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
       ON CONFLICT DO UPDATE SET message_id = excluded.message_id, expires_at = excluded.expires_at, first_id = NULL, failed = NULL
         WHERE expires_at <= :now`,
    );
    this.#registration = sqlite.prepare<[string, string], RegistrationRow>(
      `SELECT message_id AS messageId, first_id AS firstId, failed FROM delivery WHERE provider = ? AND delivery_id = ?`,
    );
    this.#repeat = sqlite.prepare<{
      provider: string;
      key: string;
      messageId: string;
      firstId: string;
      failed: string | null;
      expiresAt: number;
    }>(
      `UPDATE delivery SET message_id = :messageId, first_id = :firstId, failed = :failed, expires_at = :expiresAt
       WHERE provider = :provider AND delivery_id = :key`,
    );
    this.#noteFailed = sqlite.prepare<{ of: string }>(
      `UPDATE delivery SET failed = (SELECT json_group_array(name) FROM (
           SELECT value AS name FROM json_each(ifnull(delivery.failed, '[]'))
           UNION SELECT function FROM execution WHERE message_id = :of AND status = 'FAILED'))
       WHERE ${WITH_ITS_ID} AND ${REGISTERED}`,
    );
    this.#noteResubmitted = sqlite
      .prepare<{ of: string; id: string; hasFailed: number }, string | null>(
        `UPDATE delivery SET failed = ifnull((SELECT nullif(json_group_array(value), '[]') FROM json_each(failed)
           WHERE value NOT IN (SELECT function FROM execution WHERE message_id = :id AND status <> 'FAILED')), iif(:hasFailed, failed, NULL))
         WHERE ${WITH_ITS_ID} AND failed IS NOT NULL AND ${REGISTERED_ORIGINAL} RETURNING failed`,
      )
      .pluck();
    this.#resubmissions = sqlite.prepare<{ of: string }, { id: string; hasFailed: number }>(
      `WITH RECURSIVE copy (id) AS (SELECT id FROM message
           WHERE resubmitted_from IN (:of, (SELECT repetition_of FROM message WHERE id = :of))
         UNION SELECT message.id FROM message JOIN copy ON resubmitted_from = copy.id)
       SELECT id, status = 'FAILED' AS hasFailed FROM copy JOIN message USING (id) WHERE status IN ('SUCCESS', 'FAILED') ORDER BY id`,
    );
    this.#answerWith = sqlite.prepare<{ of: string; id: string }>(
      `UPDATE delivery SET message_id = :id, first_id = ifnull(first_id, message_id) WHERE ${WITH_ITS_ID}`,
    );
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

  /** Registers the delivery for this message and returns undefined, or returns the registration by another message. */
  register(
    { provider, key, windowMs }: Delivery,
    { id: messageId, now }: { readonly id: string; readonly now: number },
  ): Registration | undefined {
    this.#registrations += 1;
    if (this.#registrations % PURGE_EVERY === 0) this.purge(now);
    const expiresAt = now + windowMs;
    const row = { provider, deliveryId: key, messageId, expiresAt, now };
    this.#seen.add(provider, key);
    if (this.#register.run(row).changes === 1) return undefined;
    const found = this.#registration.get(provider, key);
    if (found === undefined || found.messageId === messageId) return undefined;
    const failed = found.failed === null ? [] : JSON.parse(found.failed);
    return { messageId: found.messageId, firstId: found.firstId ?? found.messageId, failed };
  }

  /**
   * From now on this message answers for the delivery: it runs failed functions again. `failed`: those that it does not
   * run. The window starts anew.
   */
  repeat(
    { provider, key, windowMs }: Delivery,
    { id: messageId, now }: { readonly id: string; readonly now: number },
    { firstId, failed }: Pick<Registration, "firstId" | "failed">,
  ): void {
    const left = failed.length === 0 ? null : JSON.stringify(failed);
    const expiresAt = now + windowMs;
    this.#repeat.run({ provider, key, messageId, firstId, failed: left, expiresAt });
  }

  /**
   * The message may have ended: then the next repetition of its delivery runs the functions that failed. After a
   * resubmission of `original` it does not run those that succeeded in it. If none is left, the resubmission answers
   * for the delivery: so one that failed itself leaves at least one.
   */
  noteEnd(id: string, status: MessageStatus, original: string | undefined): void {
    if (status === "PENDING") return;
    const hasFailed = status === "FAILED";
    if (original !== undefined)
      this.#noteResubmission(original, { id, hasFailed: Number(hasFailed) });
    else if (hasFailed) {
      this.#noteFailed.run({ of: id });
      // At the end of an earlier resubmission these functions had not failed yet.
      for (const copy of this.#resubmissions.all({ of: id })) this.#noteResubmission(id, copy);
    }
  }

  #noteResubmission(of: string, copy: { readonly id: string; readonly hasFailed: number }): void {
    if (this.#noteResubmitted.get({ of, ...copy }) === null)
      this.#answerWith.run({ of, id: copy.id });
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
