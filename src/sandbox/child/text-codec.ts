/**
 * Bytes as text and back without loss. Bytes that are not UTF-8 become lone surrogates U+DC80 to U+DCFF (as Python's
 * "surrogateescape" does): UTF-8 never decodes to those, so text built from a body by concatenation still stands for
 * the exact bytes, and an HMAC over it is right whatever the sender sent.
 */
import { Buffer, isUtf8 } from "node:buffer";

const ESCAPE_BASE = 0xdc00;

/** The length of the UTF-8 sequence that starts at `at`, or 0 when there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}

export function bytesToText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const parts: string[] = [];
  let validFrom = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      parts.push(
        bytes.toString("utf8", validFrom, at),
        String.fromCharCode(ESCAPE_BASE + (bytes[at] ?? 0)),
      );
      validFrom = at + 1;
    }
    at += length || 1;
  }
  parts.push(bytes.toString("utf8", validFrom));
  return parts.join("");
}

export function textToBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const parts: Buffer[] = [];
  // Odd places of the split are the escaped bytes. A surrogate that belongs to a pair is not one of them.
  for (const [index, part] of text.split(/((?<![\uD800-\uDBFF])[\uDC80-\uDCFF])/).entries()) {
    parts.push(
      index % 2 === 0 ? Buffer.from(part, "utf8") : Buffer.of(part.charCodeAt(0) - ESCAPE_BASE),
    );
  }
  return Buffer.concat(parts);
}
