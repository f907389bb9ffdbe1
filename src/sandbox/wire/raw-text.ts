/**
 * How much of a text crosses from a script to its host. Texts are cut here for memory alone: the host masks them first
 * and cuts them to what is kept afterwards, so that half a secret is never shown for want of its other half.
 */

/** In UTF-16 code units. Longer than whatever is kept of one text. A text of this length was longer, as far as the host knows. */
export const MAX_RAW_UNITS = 32 * 1024;

export const cutRaw = (text: string): string => text.slice(0, MAX_RAW_UNITS);

/** Of a text as UTF-8, in bytes. Half a pair counts as what stands for it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1;
    // A pair has four bytes, not twice three.
    if (unit >= 0xd800 && unit <= 0xdbff && (text.codePointAt(at) ?? 0) > 0xffff) at += 1;
  }
  return bytes;
}
