/** The body of an answer, read and decoded up to a limit on both. */
import type { Buffer } from "node:buffer";
import { codingsOf, MAX_CODINGS } from "../decoding/codings.ts";
import { decode } from "../decoding/decode.ts";
import { Pieces } from "../decoding/pieces.ts";
import { EgressFailure } from "./failure.ts";
import { MAX_BODY_BYTES } from "./request.ts";

export interface AnswerBody {
  readonly contentEncoding: string;
  readonly origin: string;
  readonly signal: AbortSignal;
}

/** Throws when the body is too large before or after decoding, or is not what its encoding says. */
export async function readAnswerBody(
  chunks: AsyncIterable<Buffer>,
  answer: AnswerBody,
): Promise<Buffer> {
  const received = await readAll(chunks, answer.origin);
  // An answer to HEAD names an encoding and has no body.
  return received.length === 0 ? received : await decodeAnswer(received, answer);
}

async function readAll(chunks: AsyncIterable<Buffer>, origin: string): Promise<Buffer> {
  const pieces = new Pieces();
  for await (const chunk of chunks) {
    // Leaving the loop closes the connection.
    if (pieces.size + chunk.length > MAX_BODY_BYTES) throw tooLarge(origin, "");
    pieces.add(chunk);
  }
  return pieces.finish();
}

/** An encoding that is not known is left as it is, as in the fetch standard. */
async function decodeAnswer(
  body: Buffer,
  { contentEncoding, origin, signal }: AnswerBody,
): Promise<Buffer> {
  const codings = codingsOf(contentEncoding);
  if (codings === "unknown") return body;
  if (codings === "too-many")
    throw new EgressFailure(
      "LimitError",
      `${origin} encoded its answer more than ${MAX_CODINGS} times`,
    );
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
