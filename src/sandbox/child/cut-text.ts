/** Cuts texts by their size in UTF-8, between code points. */

const encoder = new TextEncoder();
/** Of one UTF-16 code unit as UTF-8. */
const MAX_UNIT_BYTES = 3;
let room = new Uint8Array(16 * 1024);

/** The longest beginning of `text` that has at most `maxBytes` as UTF-8. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  if (room.length < maxBytes) room = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(text, room.subarray(0, maxBytes));
  return read === text.length ? text : text.slice(0, read);
}

/** Whether `text` has more than `maxBytes` as UTF-8. */
export const isLonger = (text: string, maxBytes: number): boolean =>
  text.length * MAX_UNIT_BYTES > maxBytes && Buffer.byteLength(text) > maxBytes;
