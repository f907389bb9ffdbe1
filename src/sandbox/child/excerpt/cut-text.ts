/** Texts cut between code points, as JSON. Characters are counted as JavaScript does: in UTF-16 code units. */
import type { Buffer } from "node:buffer";
import { bytesToText } from "../../../model/text-codec.ts";

/** How much of a long text an excerpt has. */
export const MAX_TEXT = 1024;
/** What a code unit may take as an escape in JSON: `\u0041`. */
const MAX_UNIT_BYTES = 6;
/** Room for a character that is cut at the end of the bytes looked at. */
const SPARE_BYTES = 16;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** The first `max` characters, or one fewer where that would split a pair. */
export function cutText(text: string, max = MAX_TEXT): string {
  if (text.length <= max) return text;
  return text.slice(0, isHighSurrogate(text.charCodeAt(max - 1)) ? max - 1 : max);
}

/**
 * The content of a JSON text, between its quotes, cut, as JSON again. Valid escapes are expected. `undefined` when it is longer than
 * `MAX_TEXT` and `whole` was asked for.
 */
export function cutJsonText(content: Buffer, whole = false): string | undefined {
  const looked = content.subarray(0, (MAX_TEXT + 1) * MAX_UNIT_BYTES + SPARE_BYTES);
  const raw = bytesToText(looked);
  const isPlain = !raw.includes("\\") && raw.isWellFormed();
  if (isPlain && raw.length <= MAX_TEXT) return `"${raw}"`;
  const end = endOfUnits(raw, MAX_TEXT + 1);
  const text: string = JSON.parse(`"${raw.slice(0, end)}"`);
  if (whole && text.length > MAX_TEXT) return undefined;
  return JSON.stringify(cutText(text));
}

/** Where the first `count` characters end, of which an escape is one. */
function endOfUnits(raw: string, count: number): number {
  let at = 0;
  for (let units = 0; units < count && at < raw.length; units++) {
    if (raw[at] !== "\\") at += 1;
    else at += raw[at + 1] === "u" ? MAX_UNIT_BYTES : 2;
  }
  return at;
}

/** The first `maxBytes` bytes as text, or a few fewer where that would split a character. */
export function cutBytes(bytes: Buffer, maxBytes: number): string {
  if (bytes.length <= maxBytes) return bytesToText(bytes);
  let end = maxBytes;
  // At most three bytes of UTF-8 continue a character.
  while (end > maxBytes - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytesToText(bytes.subarray(0, end));
}
