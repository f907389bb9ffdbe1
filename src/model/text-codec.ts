/**
 * Bytes as text and back without loss. Bytes that are not UTF-8 become lone surrogates U+DC80 to U+DCFF (as Python's
 * "surrogateescape" does): UTF-8 never decodes to those, so text built from a body by concatenation still stands for
 * the exact bytes, and an HMAC over it is right whatever the sender sent. One pass each way: a stranger may send
 * megabytes of noise.
 */
import { Buffer, isUtf8 } from "node:buffer";

const ESCAPE_BASE = 0xdc00;

/** The range of lead bytes for each length, and the smallest code point that may use it. */
const SEQUENCES = [
  { length: 2, from: 0xc2, to: 0xdf, mask: 0x1f, least: 0x80 },
  { length: 3, from: 0xe0, to: 0xef, mask: 0x0f, least: 0x800 },
  { length: 4, from: 0xf0, to: 0xf4, mask: 0x07, least: 0x10000 },
] as const;

/** The code point and length of the sequence that starts at `at` in more than one byte, or undefined when none does. */
function sequenceAt(bytes: Buffer, at: number): { point: number; length: number } | undefined {
  const lead = bytes[at] ?? 0;
  const sequence = SEQUENCES.find(({ from, to }) => lead >= from && lead <= to);
  if (sequence === undefined || at + sequence.length > bytes.length) return undefined;
  let point = lead & sequence.mask;
  for (let index = at + 1; index < at + sequence.length; index++) {
    const next = bytes[index] ?? 0;
    if ((next & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (next & 0x3f);
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < sequence.least || point > 0x10ffff || isSurrogate) return undefined;
  return { point, length: sequence.length };
}

export function bytesToText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const sequence = byte < 0x80 ? undefined : sequenceAt(bytes, at);
    const point = sequence?.point ?? (byte < 0x80 ? byte : ESCAPE_BASE + byte);
    at += sequence?.length ?? 1;
    if (point < 0x10000) units[count++] = point;
    else {
      units[count++] = 0xd800 + ((point - 0x10000) >> 10);
      units[count++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    }
  }
  return Buffer.from(units.buffer, 0, count * 2).toString("utf16le");
}

const isEscape = (unit: number) => unit >= ESCAPE_BASE + 0x80 && unit <= ESCAPE_BASE + 0xff;
const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;

export function textToBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let size = 0;
  let plainFrom = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a pair is not an escape.
    if (!isEscape(unit) || isHighSurrogate(text.charCodeAt(at - 1))) continue;
    if (plainFrom < at) size += bytes.write(text.slice(plainFrom, at), size, "utf8");
    bytes[size++] = unit - ESCAPE_BASE;
    plainFrom = at + 1;
  }
  size += bytes.write(text.slice(plainFrom), size, "utf8");
  return bytes.subarray(0, size);
}
