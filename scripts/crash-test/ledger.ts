/** What was sent, and what was promised about it: what the database is measured against in the end. */
import { createHash } from "node:crypto";
import { bytesOf, type Random } from "./random.ts";

/** Mostly what webhooks are; some empty, some of many pages. */
const SIZES = [0, 40, 900, 4000, 4000, 9000, 60_000, 300_000];

export interface Delivery {
  /** Also the sender's id of it, and what its bytes follow from. */
  readonly id: string;
  readonly uri: string;
  readonly sync: boolean;
  readonly bytes: number;
  /** SHA-256 in hex. */
  readonly digest: string;
  /** Answers that say it is stored. */
  readonly promises: Promised[];
}

export interface Promised {
  readonly status: number;
  readonly messageId: string;
}

export class Ledger {
  readonly #seed: number;
  readonly deliveries: Delivery[] = [];
  readonly unexpected: string[] = [];
  /** Sent and not promised anything: a sender would send them again. */
  readonly #unsettled: Delivery[] = [];
  requests = 0;
  refused = 0;
  unanswered = 0;
  duplicates = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  bodyOf({ id, bytes }: Pick<Delivery, "id" | "bytes">): Buffer {
    return bytesOf(`${this.#seed}/${id}`, bytes);
  }

  create(id: string, uri: string, random: Random): Delivery {
    const bytes = random.pick(SIZES) ?? 0;
    const digest = createHash("sha256").update(this.bodyOf({ id, bytes })).digest("hex");
    const delivery = { id, uri, sync: random.chance(0.2), bytes, digest, promises: [] };
    this.deliveries.push(delivery);
    return delivery;
  }

  /** One to send again because nobody promised anything about it. */
  unsettled(): Delivery | undefined {
    return this.#unsettled.shift();
  }

  /** Notes an answer; `messageId` is there when it says that a message is stored. */
  answered(delivery: Delivery, status: number, messageId: string | undefined): void {
    const isPromise = status === 200 || status === 202 || (status === 500 && delivery.sync);
    if (isPromise && messageId !== undefined) delivery.promises.push({ status, messageId });
    else if (status === 503 || status === 429) {
      this.refused++;
      this.#unsettled.push(delivery);
    } else this.unexpected.push(`delivery ${delivery.id} was answered with ${status}`);
  }

  lost(delivery: Delivery): void {
    this.unanswered++;
    this.#unsettled.push(delivery);
  }

  /** Every promise that was made. */
  get promises(): readonly (Promised & { readonly delivery: Delivery })[] {
    return this.deliveries.flatMap((delivery) =>
      delivery.promises.map((promised) => ({ ...promised, delivery })),
    );
  }
}
