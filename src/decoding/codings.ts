/** The supported content codings of RFC 9110, each with a streaming and a synchronous decoder. */
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

/** No legitimate sender nests more codings; an attacker may. */
export const MAX_CODINGS = 3;

/** Size of one output chunk: limits are checked per chunk. */
const chunkSize = 64 * 1024;
/** A zstd frame may request a window of 128 MB; RFC 9659 allows 8 MB in HTTP. */
const zstd = { chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 23 } };

export interface Coding {
  /** A decoder for the complete bytes. */
  readonly stream: (bytes: Buffer) => Transform;
  /** Throws when the output exceeds `maxOutputLength`. */
  readonly decodeSync: (bytes: Buffer, limit: { readonly maxOutputLength: number }) => Buffer;
}

const gzip: Coding = {
  stream: () => createGunzip({ chunkSize }),
  decodeSync: (bytes, limit) => gunzipSync(bytes, limit),
};

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", gzip],
  ["x-gzip", gzip],
  [
    "deflate",
    {
      stream: (bytes) =>
        isZlib(bytes) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize }),
      decodeSync: (bytes, limit) =>
        isZlib(bytes) ? inflateSync(bytes, limit) : inflateRawSync(bytes, limit),
    },
  ],
  [
    "br",
    {
      stream: () => createBrotliDecompress({ chunkSize }),
      decodeSync: (bytes, limit) => brotliDecompressSync(bytes, limit),
    },
  ],
  [
    "zstd",
    {
      stream: () => createZstdDecompress(zstd),
      decodeSync: (bytes, limit) => zstdDecompressSync(bytes, { ...zstd, ...limit }),
    },
  ],
]);

/**
 * By the standard "deflate" means zlib; some senders send raw deflate. The first two bytes of zlib form a multiple of
 * 31 and name method 8; no encoder starts raw deflate that way.
 */
function isZlib(bytes: Buffer): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0;
}

/**
 * The codings named by `content-encoding`, in decoding order; empty when nothing was encoded. A string when they cannot
 * be decoded.
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
