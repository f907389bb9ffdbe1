/** Converts between bytes and the texts that cross to the host. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CHUNK = 8192;

export function bytesToBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    text += DIGITS.charAt(a >> 2) + DIGITS.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? "=" : DIGITS.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? "=" : DIGITS.charAt(c & 63);
    if (text.length >= CHUNK) {
      parts.push(text);
      text = "";
    }
  }
  return parts.join("") + text;
}

/**
 * The bytes that a text from the host represents. A lone surrogate from U+DC80 to U+DCFF is a byte that was not
 * UTF-8.
 */
export function escapedTextToBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0;
    if (point >= 0xdc80 && point <= 0xdcff) {
      bytes[size++] = point - 0xdc00;
      continue;
    }
    if (point > 0xffff) at++;
    size = writeUtf8(bytes, size, point);
  }
  return bytes.slice(0, size);
}

function writeUtf8(bytes: Uint8Array, at: number, point: number): number {
  let size = at;
  if (point < 0x80) bytes[size++] = point;
  else {
    const more = point < 0x800 ? 1 : 2 + Number(point > 0xffff);
    bytes[size++] = ((0xff00 >> (more + 1)) & 0xff) | (point >> (6 * more));
    for (let left = more - 1; left >= 0; left--)
      bytes[size++] = 0x80 | ((point >> (6 * left)) & 0x3f);
  }
  return size;
}
