/** Records what was sent and promised: the database is compared with it at the end. */
import { createHash } from "node:crypto";
import { bytesOf, type Random } from "./random.ts";

/** Typical sizes of webhooks; some bodies are empty, some take many pages. */
const SIZES = [0, 40, 900, 4000, 4000, 9000, 60_000, 300_000];

export interface Delivery {
  /** The sender's delivery id, which is also the seed of the body. */
  readonly id: string;
  readonly uri: string;
  readonly sync: boolean;
  readonly bytes: number;
  /** SHA-256 in hex. */
  readonly digest: string;
  /** Answers that promise that the message is stored. */
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
  /** Deliveries without a promise, which a sender would send again. */
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

  /** A delivery to send again because it has no promise. */
  unsettled(): Delivery | undefined {
    return this.#unsettled.shift();
  }

  /** Records an answer; `messageId` is set when the answer promises a stored message. */
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

  /** All promises made so far. */
  get promises(): readonly (Promised & { readonly delivery: Delivery })[] {
    return this.deliveries.flatMap((delivery) =>
      delivery.promises.map((promised) => ({ ...promised, delivery })),
    );
  }
}
