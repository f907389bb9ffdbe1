/** The content codings of RFC 9110 that are known here, and what is common to decoding them as a stream and at once. */
import type { Transform } from "node:stream";
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from "node:zlib";

/** More nested codings are an attack, not a sender. */
export const MAX_CODINGS = 3;

/** Bytes of one piece of output: the limits are checked for each. */
const chunkSize = 64 * 1024;
/** A zstd frame may ask for a window of 128 MB; RFC 9659 allows 8 MB in HTTP. */
const zstd = { chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 23 } };

export interface Coding {
  /** A decoder for these bytes, which are all of them. */
  readonly stream: (bytes: Buffer) => Transform;
  /** Throws when there is more than `maxOutputLength`. */
  readonly atOnce: (bytes: Buffer, limit: { readonly maxOutputLength: number }) => Buffer;
}

const gzip: Coding = {
  stream: () => createGunzip({ chunkSize }),
  atOnce: (bytes, limit) => gunzipSync(bytes, limit),
};

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", gzip],
  ["x-gzip", gzip],
  [
    "deflate",
    {
      stream: (bytes) =>
        isZlib(bytes) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize }),
      atOnce: (bytes, limit) =>
        isZlib(bytes) ? inflateSync(bytes, limit) : inflateRawSync(bytes, limit),
    },
  ],
  [
    "br",
    {
      stream: () => createBrotliDecompress({ chunkSize }),
      atOnce: (bytes, limit) => brotliDecompressSync(bytes, limit),
    },
  ],
  [
    "zstd",
    {
      stream: () => createZstdDecompress(zstd),
      atOnce: (bytes, limit) => zstdDecompressSync(bytes, { ...zstd, ...limit }),
    },
  ],
]);

/**
 * "deflate" is zlib by the standard, and raw deflate by the habit of some senders. The first two bytes of zlib are a
 * multiple of 31 and name the method 8, with which no encoder begins raw deflate.
 */
function isZlib(bytes: Buffer): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0;
}

/**
 * The codings named by `content-encoding`, in the order in which they are undone; none when nothing was encoded.
 * A word when they cannot be undone.
 */
export function codingsOf(contentEncoding: string): readonly Coding[] | "unknown" | "too-many" {
  const codings: Coding[] = [];
  for (const part of contentEncoding.toLowerCase().split(",")) {
    const name = part.trim();
    if (name === "" || name === "identity") continue;
    if (codings.length === MAX_CODINGS) return "too-many";
    const coding = CODINGS.get(name);
    if (coding === undefined) return "unknown";
    codings.unshift(coding);
  }
  return codings;
}
