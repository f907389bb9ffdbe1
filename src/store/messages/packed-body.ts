/**
 * Bodies as stored: deflated when that saves space; JSON shrinks to a quarter. A stored body shorter than `body_bytes`
 * of its message is deflated; there is no other mark.
 */
import { deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";

/** Smaller bodies fit in the page of their row anyway. */
const MIN_BYTES = 512;
/** Larger bodies are stored as they are: the main thread deflates, at 4 µs per KB. */
const MAX_BYTES = 256 * 1024;
/** The fastest level. Higher levels save little more and take twice as long. */
const LEVEL = 1;
/** The maximum deflate window, as a power of two. */
const MAX_WINDOW_BITS = 15;
/** Bodies that are already compressed, as images are, hardly shrink: then the body is stored as it is. */
const WORTH_IT = 7 / 8;

export function packBody(body: Buffer): Buffer {
  if (body.length < MIN_BYTES || body.length > MAX_BYTES) return body;
  const packed = deflateRawSync(body, packingOf(body.length));
  return packed.length < body.length * WORTH_IT ? packed : body;
}

/**
 * Uses no more memory than the body needs. zlib clears its memory each time, and the default 268 KB take longer than
 * the work.
 */
function packingOf(bytes: number): ZlibOptions {
  const windowBits = Math.min(Math.ceil(Math.log2(bytes)), MAX_WINDOW_BITS);
  return { level: LEVEL, windowBits, memLevel: windowBits - 8, chunkSize: bytes };
}

/** `bytes` is the length of the body as it was received. */
export const unpackBody = (stored: Buffer, bytes: number): Buffer =>
  stored.length < bytes ? inflateRawSync(stored, { maxOutputLength: bytes }) : stored;

/**
 * Columns for `unpackBeginning`: at most `bytes` of a large body that is not deflated are read. In SQLite `substr` of
 * an empty blob is NULL, hence `ifnull`.
 */
export const beginningOf = (bytes: number): string => `
  CASE WHEN length(body) < body_bytes THEN body ELSE ifnull(substr(body, 1, ${bytes}), x'') END AS body,
  length(body) < body_bytes AS packed`;

export interface Beginning {
  readonly body: Buffer;
  readonly packed: number;
}

export const unpackBeginning = ({ body, packed }: Beginning): Buffer =>
  packed === 1 ? inflateRawSync(body, { maxOutputLength: MAX_BYTES }) : body;
