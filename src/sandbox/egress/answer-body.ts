/** The body of an answer, read and decoded up to a limit on both. */
import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import {
  brotliDecompress,
  constants,
  gunzip,
  inflate,
  inflateRaw,
  zstdDecompress,
} from "node:zlib";
import { EgressFailure } from "./failure.ts";
import { MAX_BODY_BYTES } from "./request.ts";

type Decoder = (bytes: Buffer) => Promise<Buffer>;

/** Decoding stops as soon as the limit is passed, so that a bomb costs no more than the limit. */
const limit = { maxOutputLength: MAX_BODY_BYTES } as const;
/** A zstd frame may ask for up to 128 MB of memory; RFC 9659 leaves it 8 MB on the web. */
const zstdLimit = { ...limit, params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: (bytes) => promisify(gunzip)(bytes, limit),
  "x-gzip": (bytes) => promisify(gunzip)(bytes, limit),
  // "deflate" means zlib by the standard, and raw deflate by the habit of some servers; the first byte tells them apart.
  deflate: (bytes) =>
    ((bytes[0] ?? 0) & 0x0f) === 8
      ? promisify(inflate)(bytes, limit)
      : promisify(inflateRaw)(bytes, limit),
  br: (bytes) => promisify(brotliDecompress)(bytes, limit),
  zstd: (bytes) => promisify(zstdDecompress)(bytes, zstdLimit),
};

/** More would be an attack, not a server. */
const MAX_ENCODINGS = 3;

/** Throws when the body is too large before or after decoding, or is not what its encoding says. */
export async function readAnswerBody(
  chunks: AsyncIterable<Buffer>,
  contentEncoding: string,
  origin: string,
): Promise<Buffer> {
  const received = await readAll(chunks, origin);
  // An answer to HEAD names an encoding and has no body.
  return received.length === 0 ? received : await decode(received, contentEncoding, origin);
}

async function readAll(chunks: AsyncIterable<Buffer>, origin: string): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > MAX_BODY_BYTES) throw tooLarge(origin, "");
    kept.push(chunk);
  }
  return Buffer.concat(kept, size);
}

/** An encoding that is not known is left as it is, as in the fetch standard. */
async function decode(body: Buffer, contentEncoding: string, origin: string): Promise<Buffer> {
  const names = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const decoders = names
    .filter((name) => name !== "identity" && name !== "")
    .map((name) => DECODERS[name]);
  if (decoders.length > MAX_ENCODINGS)
    throw new EgressFailure(
      "LimitError",
      `${origin} encoded its answer more than ${MAX_ENCODINGS} times`,
    );
  if (decoders.includes(undefined)) return body;
  let bytes = body;
  for (const decoder of decoders.reverse()) {
    try {
      bytes = (await decoder?.(bytes)) ?? bytes;
    } catch (cause) {
      throw undecodable(cause, origin, contentEncoding);
    }
  }
  return bytes;
}

function undecodable(cause: unknown, origin: string, contentEncoding: string): EgressFailure {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ERR_BUFFER_TOO_LARGE") return tooLarge(origin, " once it is decoded");
  const encoding = JSON.stringify(contentEncoding.slice(0, 100));
  return new EgressFailure(
    "NetworkError",
    `${origin} sent an answer that is not encoded as its content-encoding ${encoding} says`,
    { cause },
  );
}

const tooLarge = (origin: string, when: string) =>
  new EgressFailure(
    "LimitError",
    `${origin} sent an answer of more than ${MAX_BODY_BYTES} bytes${when}, which is the limit: ask for less, or page by page`,
  );
