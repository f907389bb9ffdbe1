/** Percent escapes in bytes. */
import { Buffer } from "node:buffer";

const PERCENT = 0x25;
/** The digits of an escaped percent sign. */
const [TWO, FIVE] = [0x32, 0x35];
const ESCAPE_BYTES = 3;
/** The value of a hexadecimal digit, by byte; -1 for other bytes. */
const HEX_VALUES = Int8Array.from({ length: 256 }, (_, byte) =>
  "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase()),
);

/** The byte that the escape at `at` stands for; -1 if there is none, or if it is malformed. */
export function escapedByte(bytes: Buffer, at: number): number {
  if (bytes[at] !== PERCENT) return -1;
  const high = HEX_VALUES[bytes[at + 1] ?? 0] ?? -1;
  const low = HEX_VALUES[bytes[at + 2] ?? 0] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/**
 * Replaces the escapes by their bytes, except for those of the bytes in `kept`. A malformed escape is kept, with its
 * `%` escaped if `kept` has that, so that it does not become an escape.
 */
export function withoutEscapes(bytes: Buffer, kept: ReadonlySet<number>): Buffer {
  const escapesPercent = kept.has(PERCENT);
  const extra = escapesPercent ? countMalformed(bytes) * (ESCAPE_BYTES - 1) : 0;
  const plain = Buffer.allocUnsafe(bytes.length + extra);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = escapedByte(bytes, at);
    if (byte >= 0 && !kept.has(byte)) {
      plain[size++] = byte;
      at += ESCAPE_BYTES - 1;
    } else if (byte < 0 && escapesPercent && bytes[at] === PERCENT) {
      plain[size++] = PERCENT;
      plain[size++] = TWO;
      plain[size++] = FIVE;
    } else plain[size++] = bytes[at] ?? 0;
  }
  return plain.subarray(0, size);
}

function countMalformed(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at++)
    if (bytes[at] === PERCENT && escapedByte(bytes, at) < 0) count += 1;
  return count;
}
