/** Cuts text between code points, also as JSON. Lengths are in UTF-16 code units, as in JavaScript. */
import type { Buffer } from "node:buffer";
import { bytesToText } from "../../../model/text-codec.ts";

/** The most characters of one text in an excerpt. */
export const MAX_TEXT = 1024;
/** The most bytes that one code unit takes in JSON: `\u0041`. */
const MAX_UNIT_BYTES = 6;
/** Extra bytes to read, so that a character at the cut is complete. */
const SPARE_BYTES = 16;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** The first `max` characters, or one fewer if the cut would split a surrogate pair. */
export function cutText(text: string, max = MAX_TEXT): string {
  if (text.length <= max) return text;
  return text.slice(0, isHighSurrogate(text.charCodeAt(max - 1)) ? max - 1 : max);
}

/**
 * Cuts the content of a JSON string (without quotes) and returns JSON. The escapes must be valid. Returns undefined
 * if `mustBeWhole` and the text is longer than `MAX_TEXT`.
 */
export function cutJsonText(content: Buffer, mustBeWhole = false): string | undefined {
  const beginning = content.subarray(0, (MAX_TEXT + 1) * MAX_UNIT_BYTES + SPARE_BYTES);
  const raw = bytesToText(beginning);
  const isPlain = !raw.includes("\\") && raw.isWellFormed();
  if (isPlain && raw.length <= MAX_TEXT) return `"${raw}"`;
  const end = endOfUnits(raw, MAX_TEXT + 1);
  const text: string = JSON.parse(`"${raw.slice(0, end)}"`);
  if (mustBeWhole && text.length > MAX_TEXT) return undefined;
  return JSON.stringify(cutText(text));
}

/** The end of the first `count` characters; an escape is one character. */
function endOfUnits(raw: string, count: number): number {
  let at = 0;
  for (let units = 0; units < count && at < raw.length; units++) {
    if (raw[at] !== "\\") at += 1;
    else at += raw[at + 1] === "u" ? MAX_UNIT_BYTES : 2;
  }
  return at;
}

/** The first `maxBytes` bytes as text, or up to three fewer if the cut would split a character. */
export function cutBytes(bytes: Buffer, maxBytes: number): string {
  if (bytes.length <= maxBytes) return bytesToText(bytes);
  let end = maxBytes;
  // A UTF-8 character has at most three continuation bytes.
  while (end > maxBytes - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytesToText(bytes.subarray(0, end));
}
