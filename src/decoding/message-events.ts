/** Creates the events that scripts receive, with bodies decoded in bounded memory. */
import {
  decodedEvent,
  knownDecodedEvent,
  knownPlainEvent,
  type OpenEvent,
  type OpenEvents,
  plainEvent,
  type ReceivedEvent,
} from "../model/event.ts";
import { foldedHeaders, type Message } from "../model/message.ts";
import { objectMemo } from "../model/object-memo.ts";
import type { PublicAddress } from "../model/public-url.ts";
import { BodyDecoder, type DecodeOptions, type LeasedBody } from "./body-decoder.ts";
import { type Coding, codingsOf } from "./codings.ts";

export interface MessageEventsDeps extends PublicAddress {
  /** Limit of a decoded body. */
  readonly maxBodyBytes: number;
}

/** Bodies of the largest size that are decoded or held for matching at once, on receipt. */
const RECEIVED_AT_ONCE = 2;
/** The same for stored messages, and the limit for one function. */
const STORED_AT_ONCE = 3;
const STORED_OF_USER = 2;

/** A body decoded on receipt, kept for the first user of its event. */
class ReceivedBody implements Disposable {
  #opened: OpenEvent | undefined;

  constructor(opened: OpenEvent) {
    this.#opened = opened;
  }

  /** Undefined when the event was taken already. */
  take(): OpenEvent | undefined {
    const taken = this.#opened;
    this.#opened = undefined;
    return taken;
  }

  [Symbol.dispose](): void {
    this.take()?.[Symbol.dispose]();
  }
}

const receivedBodies = objectMemo<Message, ReceivedBody>("body decoded on receipt");

export class MessageEvents {
  readonly #deps: MessageEventsDeps;
  readonly #received: BodyDecoder;
  readonly #stored: BodyDecoder;

  constructor(deps: MessageEventsDeps) {
    this.#deps = deps;
    this.#received = new BodyDecoder(deps.maxBodyBytes, RECEIVED_AT_ONCE);
    this.#stored = new BodyDecoder(deps.maxBodyBytes, STORED_AT_ONCE, STORED_OF_USER);
  }

  /**
   * Decodes the body of a message on receipt, and keeps it for the first call of `open`. Disposing of the result before
   * that call releases the body. Throws the errors of `BodyDecoder`.
   */
  async receive(message: Message, options: DecodeOptions): Promise<Disposable | "too-large"> {
    const codings = codingsIn(message);
    if (codings === undefined) return NOTHING;
    const decoded = await this.#received.decode(message.body, codings, options);
    if (decoded.kind === "too-large") return "too-large";
    return receivedBodies.keep(message, new ReceivedBody(this.#opened(message, decoded)));
  }

  /** If a stored body exceeds the limit or is invalid for its coding, scripts get its bytes as received. */
  readonly open: OpenEvents = (message, user) => {
    const plain = knownPlainEvent(message);
    if (plain !== undefined) return opened(plain);
    const received = receivedBodies.of(message)?.take();
    if (received !== undefined) return received;
    const codings = codingsIn(message);
    // Returns no promise when nothing must be decoded, which is the case for most senders.
    if (codings === undefined) return opened(plainEvent(message, this.#deps));
    return this.#open(message, codings, user);
  };

  async #open(message: Message, codings: readonly Coding[], key: string): Promise<OpenEvent> {
    const size = knownDecodedEvent(message)?.decodedBody?.length;
    if (size !== undefined) {
      const share = await this.#stored.hold(size, { key });
      // Nothing held the event while this waited, so it may have been garbage-collected.
      const event = knownDecodedEvent(message);
      if (event !== undefined) return opened(event, share);
      share[Symbol.dispose]();
    }
    return this.#opened(message, await this.#stored.decode(message.body, codings, { key }));
  }

  #opened(message: Message, decoded: LeasedBody): OpenEvent {
    if (decoded.kind !== "decoded") return opened(plainEvent(message, this.#deps));
    return opened(decodedEvent(message, this.#deps, decoded.bytes), decoded.share);
  }
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

const opened = (event: ReceivedEvent, share: Disposable = NOTHING): OpenEvent => ({
  event,
  [Symbol.dispose]: () => share[Symbol.dispose](),
});

/** Undefined when there is nothing to decode, or it cannot be decoded. */
function codingsIn(message: Message): readonly Coding[] | undefined {
  const header = foldedHeaders(message)["content-encoding"];
  if (header === undefined || message.body.length === 0) return undefined;
  const codings = codingsOf(header);
  return typeof codings === "string" || codings.length === 0 ? undefined : codings;
}
