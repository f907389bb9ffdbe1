/** Encodes and decodes UTF-8, according to the Encoding Standard. */
import { textOfUnits } from "./bytes.ts";

const REPLACEMENT = 0xfffd;

/** The length of the sequence that a lead byte starts; 0 if it starts none. */
function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** After some lead bytes the second byte is restricted: no overlong forms, no surrogates, nothing above U+10FFFF. */
function isSecond(lead: number, byte: number): boolean {
  if (lead === 0xe0) return byte >= 0xa0 && byte <= 0xbf;
  if (lead === 0xed) return byte >= 0x80 && byte <= 0x9f;
  if (lead === 0xf0) return byte >= 0x90 && byte <= 0xbf;
  if (lead === 0xf4) return byte >= 0x80 && byte <= 0x8f;
  return (byte & 0xc0) === 0x80;
}

/** How many bytes from `at` form one sequence, complete or not. At least one. */
function reach(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  let count = 1;
  while (count < length && at + count < bytes.length) {
    const byte = bytes[at + count] ?? 0;
    if (count === 1 ? !isSecond(lead, byte) : (byte & 0xc0) !== 0x80) break;
    count += 1;
  }
  return count;
}

/** The number of bytes at the end that further bytes could complete. */
export function unfinishedUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const at = bytes.length - back;
    const length = lengthOf(bytes[at] ?? 0);
    if (length > back && reach(bytes, at, length) === back) return back;
  }
  return 0;
}

function pointAt(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] ?? 0) & (0x7f >> length);
  for (let index = at + 1; index < at + length; index++)
    point = (point << 6) | ((bytes[index] ?? 0) & 0x3f);
  return point;
}

/** Undefined if `fatal` and the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array, fatal: boolean): string | undefined {
  const units = new Uint16Array(bytes.length);
  let size = 0;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      units[size++] = lead;
      at += 1;
      continue;
    }
    const length = lengthOf(lead);
    const count = reach(bytes, at, length);
    if (fatal && count !== length) return undefined;
    const point = count === length ? pointAt(bytes, at, length) : REPLACEMENT;
    at += count;
    if (point < 0x10000) units[size++] = point;
    else {
      units[size++] = 0xd7c0 + (point >> 10);
      units[size++] = 0xdc00 + (point & 0x3ff);
    }
  }
  return textOfUnits(units.subarray(0, size));
}

/** Writes as many whole characters as fit. `text` must be well formed. */
export function encodeUtf8Into(
  text: string,
  bytes: Uint8Array,
): { readonly read: number; readonly written: number } {
  let [read, written] = [0, 0];
  while (read < text.length) {
    const point = text.codePointAt(read) ?? 0;
    const length = utf8Length(point);
    if (written + length > bytes.length) break;
    if (length === 1) bytes[written] = point;
    else writePoint(point, bytes, written, length);
    read += length === 4 ? 2 : 1;
    written += length;
  }
  return { read, written };
}

function utf8Length(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function writePoint(point: number, bytes: Uint8Array, at: number, length: number): void {
  for (let index = length - 1, rest = point; index >= 0; index--, rest >>= 6)
    bytes[at + index] = index === 0 ? rest | ((0xf00 >> length) & 0xff) : 0x80 | (rest & 0x3f);
}

/** `text` must be well formed. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0;
    length += utf8Length(point);
    if (point > 0xffff) at += 1;
  }
  const bytes = new Uint8Array(length);
  encodeUtf8Into(text, bytes);
  return bytes;
}
