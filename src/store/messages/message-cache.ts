/**
 * Recently accepted messages, so that running their functions does not read them back. It can always be rebuilt from
 * the rows.
 */
import type { Message } from "../../model/message.ts";

/** A message, and the input that its functions get with it. */
export interface MatchedMessage {
  readonly message: Message;
  readonly provider: string;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  /** The first message of its delivery, if this one runs again what failed. */
  readonly repetitionOf: string | null;
}

const MAX_BYTES = 32 * 1024 * 1024;
/** Larger bodies are read from the database when needed: their messages may wait for hours. */
const MAX_BODY_BYTES = 64 * 1024;
/** Estimated bytes of a message without its body. */
const OVERHEAD_BYTES = 4096;

const weigh = ({ message }: MatchedMessage) => message.body.length + OVERHEAD_BYTES;

export class MessageCache {
  readonly #messages = new Map<string, MatchedMessage>();
  #bytes = 0;

  put(matched: MatchedMessage): void {
    if (matched.message.body.length > MAX_BODY_BYTES) return;
    // A full cache takes no new message: the cached ones run first.
    if (this.#bytes + weigh(matched) > MAX_BYTES) return;
    this.#messages.set(matched.message.id, matched);
    this.#bytes += weigh(matched);
  }

  get(id: string): MatchedMessage | undefined {
    return this.#messages.get(id);
  }

  drop(id: string): void {
    const matched = this.#messages.get(id);
    if (matched === undefined) return;
    this.#messages.delete(id);
    this.#bytes -= weigh(matched);
  }
}
