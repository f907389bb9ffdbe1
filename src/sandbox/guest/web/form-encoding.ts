/** `application/x-www-form-urlencoded`, according to the URL Standard. */
import type { Pair } from "./pairs.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const LITERAL = "*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX = "0123456789ABCDEF";

/** The encoded text of each byte. */
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte === SPACE) return "+";
  const character = String.fromCharCode(byte);
  return LITERAL.includes(character)
    ? character
    : `%${HEX.charAt(byte >> 4)}${HEX.charAt(byte & 15)}`;
});

const hexDigit = (byte: number | undefined): number =>
  byte === undefined || byte >= 0x80 ? -1 : HEX.indexOf(String.fromCharCode(byte).toUpperCase());

/** The byte that the escape at `at` encodes; negative if two digits do not follow. */
function escapedByte(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== PERCENT) return -1;
  const [high, low] = [hexDigit(bytes[at + 1]), hexDigit(bytes[at + 2])];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function decodePart(text: string): string {
  if (!(text.includes("%") || text.includes("+"))) return text;
  const bytes = encodeUtf8(text);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const escaped = escapedByte(bytes, at);
    const plain = bytes[at] === PLUS ? SPACE : (bytes[at] ?? 0);
    // Decoded in place: the write position never passes the read position.
    bytes[size++] = escaped < 0 ? plain : escaped;
    if (escaped >= 0) at += 2;
  }
  return decodeUtf8(bytes.subarray(0, size), false) ?? "";
}

/** `text` must be well formed. */
export function parseForm(text: string): Pair[] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part): Pair => {
      const at = part.indexOf("=");
      if (at === -1) return [decodePart(part), ""];
      return [decodePart(part.slice(0, at)), decodePart(part.slice(at + 1))];
    });
}

function encodePart(text: string): string {
  let encoded = "";
  for (const byte of encodeUtf8(text)) encoded += ENCODED[byte];
  return encoded;
}

export const writeForm = (pairs: readonly Pair[]): string =>
  pairs.map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`).join("&");
