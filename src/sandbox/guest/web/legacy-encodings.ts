/** UTF-16LE and windows-1252, whose other names are Latin-1 and ASCII. */
import { textOfUnits } from "./bytes.ts";

/** The characters of windows-1252 from 0x80 on, where Latin-1 has control characters. */
const HIGH_CONTROLS =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

export function decodeWindows1252(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes);
  for (const [at, unit] of units.entries()) {
    if (unit >= 0x80 && unit < 0xa0) units[at] = HIGH_CONTROLS.charCodeAt(unit - 0x80);
  }
  return textOfUnits(units);
}

const unitAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

/** The number of bytes at the end that are half a unit, the first half of a pair, or both. */
export function unfinishedUtf16(bytes: Uint8Array): number {
  const odd = bytes.length % 2;
  const last = bytes.length - odd - 2;
  return last >= 0 && (unitAt(bytes, last) & 0xfc00) === 0xd800 ? odd + 2 : odd;
}

/** Undefined if `fatal` and the bytes are not valid UTF-16LE. */
export function decodeUtf16(bytes: Uint8Array, fatal: boolean): string | undefined {
  const units = new Uint16Array(bytes.length >> 1);
  for (let at = 0; at < units.length; at++) units[at] = unitAt(bytes, at * 2);
  const text = textOfUnits(units);
  const isWhole = bytes.length % 2 === 0 && text.isWellFormed();
  if (isWhole) return text;
  if (fatal) return undefined;
  const isCutPair = text.charCodeAt(text.length - 1) >> 10 === 0x36;
  // Half a unit and the half pair before it count as one error.
  return text.toWellFormed() + (bytes.length % 2 === 0 || isCutPair ? "" : "\ufffd");
}
