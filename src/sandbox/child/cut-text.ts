/** Cuts text to a size in bytes of UTF-8, between code points. */

const encoder = new TextEncoder();
/** The most bytes of UTF-8 that one UTF-16 code unit takes. */
const MAX_UNIT_BYTES = 3;
let scratch = new Uint8Array(16 * 1024);

/** The longest prefix of `text` with at most `maxBytes` bytes of UTF-8. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  if (scratch.length < maxBytes) scratch = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(text, scratch.subarray(0, maxBytes));
  return read === text.length ? text : text.slice(0, read);
}

export const isLonger = (text: string, maxBytes: number): boolean =>
  text.length * MAX_UNIT_BYTES > maxBytes && Buffer.byteLength(text) > maxBytes;
