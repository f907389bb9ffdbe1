/** Reads and decodes the body of an answer, with one limit before and one after decoding. */
import type { Buffer } from "node:buffer";
import { type Coding, codingsOf, MAX_CODINGS } from "../decoding/codings.ts";
import { decode } from "../decoding/decode.ts";
import { Pieces } from "../decoding/pieces.ts";
import { EgressFailure } from "./failure.ts";
import { type CallMemory, MAX_BODY_BYTES, UNCOUNTED_BYTES } from "./request.ts";

export interface AnswerBody {
  readonly contentEncoding: string;
  /** The value of content-length; `NaN` when there is none. */
  readonly length: number;
  readonly origin: string;
  readonly signal: AbortSignal;
  readonly memory: CallMemory | undefined;
}

/** Throws when the body is too large before or after decoding, or invalid for its encoding. */
export async function readAnswerBody(
  chunks: AsyncIterable<Buffer>,
  answer: AnswerBody,
): Promise<Buffer> {
  const codings = codingsOf(answer.contentEncoding);
  if (codings === "too-many")
    throw new EgressFailure(
      "LimitError",
      `${answer.origin} encoded its answer more than ${MAX_CODINGS} times`,
    );
  // A body with an unknown encoding is not decoded, as in the fetch standard.
  const known = codings === "unknown" ? [] : codings;
  const room = new AnswerRoom(answer, known.length);
  const received = await readAll(chunks, answer.origin, room);
  // An answer to HEAD names an encoding and has no body.
  if (received.length === 0 || known.length === 0) return received;
  await room.forDecoding();
  const decoded = await decodeAnswer(received, known, answer);
  room.shrinkTo(decoded.length);
  return decoded;
}

/** The memory for one answer. A small answer needs none; any other answer takes all it may need at once. */
class AnswerRoom {
  readonly #answer: AnswerBody;
  readonly #codings: number;
  #isHeld = false;

  constructor(answer: AnswerBody, codings: number) {
    this.#answer = answer;
    this.#codings = codings;
  }

  /** Nothing is read while this waits, so the sender of the answer has to wait too. */
  async forReceiving(bytes: number): Promise<void> {
    const { length } = this.#answer;
    if (bytes > UNCOUNTED_BYTES)
      await this.#hold(length >= bytes && length <= MAX_BODY_BYTES ? length : MAX_BODY_BYTES);
  }

  forDecoding(): Promise<void> {
    return this.#hold(0);
  }

  shrinkTo(bytes: number): void {
    this.#answer.memory?.shrinkTo(bytes <= UNCOUNTED_BYTES ? 0 : bytes);
  }

  async #hold(received: number): Promise<void> {
    if (this.#isHeld) return;
    this.#isHeld = true;
    // With nested codings, the output of two stages is held beside the received bytes.
    const decoded = Math.min(this.#codings, 2) * MAX_BODY_BYTES;
    await this.#answer.memory?.hold(received + decoded, this.#answer.signal);
  }
}

async function readAll(
  chunks: AsyncIterable<Buffer>,
  origin: string,
  room: AnswerRoom,
): Promise<Buffer> {
  const pieces = new Pieces();
  for await (const chunk of chunks) {
    const bytes = pieces.size + chunk.length;
    // Throwing out of the loop closes the connection.
    if (bytes > MAX_BODY_BYTES) throw tooLarge(origin, "");
    await room.forReceiving(bytes);
    pieces.add(chunk);
  }
  return pieces.finish();
}

async function decodeAnswer(
  body: Buffer,
  codings: readonly Coding[],
  { contentEncoding, origin, signal }: AnswerBody,
): Promise<Buffer> {
  const decoded = await decode(body, codings, { maxBytes: MAX_BODY_BYTES, signal });
  if (decoded.kind === "decoded") return decoded.bytes;
  if (decoded.kind === "too-large") throw tooLarge(origin, " once it is decoded");
  const encoding = JSON.stringify(contentEncoding.slice(0, 100));
  throw new EgressFailure(
    "NetworkError",
    `${origin} sent an answer that is not encoded as its content-encoding ${encoding} says`,
    { cause: decoded.cause },
  );
}

const tooLarge = (origin: string, when: string) =>
  new EgressFailure(
    "LimitError",
    `${origin} sent an answer of more than ${MAX_BODY_BYTES} bytes${when}, which is the limit: ask for less, or page by page`,
  );
