/**
 * Limits text that crosses from a script to its host, to save memory. The host masks the text first and then cuts it
 * to the final length: half a secret would not be recognised.
 */

/** In UTF-16 code units; more than is kept of any text. A text of exactly this length counts as cut. */
export const MAX_RAW_UNITS = 32 * 1024;

export const cutRaw = (text: string): string => text.slice(0, MAX_RAW_UNITS);

/** The length of a text in bytes of UTF-8. A lone surrogate counts as its replacement character. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1;
    // A surrogate pair has four bytes, not twice three.
    if (unit >= 0xd800 && unit <= 0xdbff && (text.codePointAt(at) ?? 0) > 0xffff) at += 1;
  }
  return bytes;
}
