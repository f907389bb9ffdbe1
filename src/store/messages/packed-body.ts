/**
 * Bodies as they lie in the database: deflated when that saves room, as it does with JSON, to a quarter. One that is
 * shorter there than the `body_bytes` of its message is deflated; no other mark is kept.
 */
import { deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";

/** Smaller ones fit in the page their row has anyway. */
const MIN_BYTES = 512;
/** The thread that talks to senders does it, at 4 µs per KB. */
const MAX_BYTES = 256 * 1024;
/** The quickest: what more would save is little, and costs twice the time. */
const LEVEL = 1;
/** How far back a repetition is found, as a power of two. */
const MAX_WINDOW_BITS = 15;
/** What is packed already, pictures for example, hardly gets smaller: then it is not worth the unpacking. */
const WORTH_IT = 7 / 8;

export function packBody(body: Buffer): Buffer {
  if (body.length < MIN_BYTES || body.length > MAX_BYTES) return body;
  const packed = deflateRawSync(body, packingOf(body.length));
  return packed.length < body.length * WORTH_IT ? packed : body;
}

/** With no more memory than this body needs: it is cleared every time, and the usual 268 KB take longer than the work. */
function packingOf(bytes: number): ZlibOptions {
  const windowBits = Math.min(Math.ceil(Math.log2(bytes)), MAX_WINDOW_BITS);
  return { level: LEVEL, windowBits, memLevel: windowBits - 8, chunkSize: bytes };
}

/** `bytes` is the length of the body as it was received. */
export const unpackBody = (stored: Buffer, bytes: number): Buffer =>
  stored.length < bytes ? inflateRawSync(stored, { maxOutputLength: bytes }) : stored;

/**
 * Columns for `unpackBeginning`: of a large body that is not packed, no more than `bytes` are read. A part of an empty
 * blob is NULL to SQLite.
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
