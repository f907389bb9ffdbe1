/** Decodes the body of a received message, while the message can still be refused. */
import { NoRoomError } from "../decoding/byte-pool.ts";
import type { MessageEvents } from "../decoding/message-events.ts";
import { HookyardError } from "../errors.ts";
import type { Message } from "../model/message.ts";
import type { Gate } from "../overload/gate.ts";
import type { Upload } from "../overload/upload.ts";

export interface DecodeReceivedDeps {
  readonly gate: Gate;
  readonly events: MessageEvents;
  /** Limit for a body, both raw and decoded. */
  readonly maxBodyBytes: number;
}

/** How long a large body waits for memory that other bodies hold while they are decoded and matched. */
const WAIT_MS = 2000;

/** Keeps the decoded body in memory for matching. Throws `body_too_large` or `overloaded`. */
export async function decodeReceived(
  message: Message,
  upload: Upload,
  { gate, events, maxBodyBytes }: DecodeReceivedDeps,
): Promise<Disposable> {
  const charge = (bytes: number) => upload.charge(bytes);
  const options = { key: upload.key, waitMs: WAIT_MS, charge };
  const received = await events.receive(message, options).catch((error: unknown) => {
    throw error instanceof NoRoomError ? gate.decodingOverload() : error;
  });
  if (received !== "too-large") return received;
  const detail = `the body has more than ${maxBodyBytes} bytes once its content-encoding is decoded, which is the limit; nothing was stored`;
  throw new HookyardError("body_too_large", detail);
}
