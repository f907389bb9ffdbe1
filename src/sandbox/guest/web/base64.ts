// biome-ignore-all lint/complexity/noArguments: a missing argument is an error, `undefined` is text.
/** `atob` and `btoa`, according to forgiving base64 in the Infra Standard. */
import { textOfUnits } from "./bytes.ts";
import { requireArguments, toText } from "./conversion.ts";
import { DOMException } from "./dom-exception.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Table entries of characters that are not digits. */
const SPACE = 64;
const PADDING = 65;

const digitOf = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 64; digit++) digitOf[ALPHABET.charCodeAt(digit)] = digit;
for (const space of [0x09, 0x0a, 0x0c, 0x0d, 0x20]) digitOf[space] = SPACE;
digitOf["=".charCodeAt(0)] = PADDING;

function fail(caller: string, found: string): never {
  throw new DOMException(`${caller}: ${found}`, "InvalidCharacterError");
}

function readDigit(text: string, at: number): number {
  const digit = digitOf[text.charCodeAt(at)] ?? -1;
  return digit === -1 ? fail("atob", `a character that is not base64 stands at ${at}`) : digit;
}

/** The digits of the text, without spaces and padding. */
function readDigits(text: string): Uint8Array {
  const digits = new Uint8Array(text.length);
  let [size, padding] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const digit = readDigit(text, at);
    if (digit === SPACE) continue;
    if (digit === PADDING) padding += 1;
    else if (padding > 0) fail("atob", `something follows the padding at ${at}`);
    else digits[size++] = digit;
  }
  const isWhole = padding === 0 ? size % 4 !== 1 : padding <= 2 && (size + padding) % 4 === 0;
  if (!isWhole)
    fail("atob", `${size} digits and ${padding} characters of padding are not whole bytes`);
  return digits.subarray(0, size);
}

/** Methods, since functions would have a `prototype` on which a run could leave data. */
const functions = {
  atob(input: unknown): string {
    requireArguments("atob", arguments.length, 1);
    const digits = readDigits(toText(input));
    const bytes = new Uint8Array((digits.length * 3) >> 2);
    let [size, bits, count] = [0, 0, 0];
    for (const digit of digits) {
      bits = ((bits << 6) | digit) & 0xffff;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      bytes[size++] = bits >> count;
    }
    return textOfUnits(bytes);
  },

  btoa(input: unknown): string {
    requireArguments("btoa", arguments.length, 1);
    const text = toText(input);
    const units = new Uint8Array(Math.ceil(text.length / 3) * 4).fill("=".charCodeAt(0));
    let [size, bits, count] = [0, 0, 0];
    const write = (digit: number) => {
      units[size++] = ALPHABET.charCodeAt(digit & 0x3f);
    };
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > 0xff) fail("btoa", `the character at ${at} is past U+00FF: encode the text first`);
      bits = ((bits << 8) | unit) & 0xffff;
      count += 8;
      for (; count >= 6; count -= 6) write(bits >> (count - 6));
    }
    if (count > 0) write(bits << (6 - count));
    return textOfUnits(units);
  },
};

export const atob = functions.atob;
export const btoa = functions.btoa;
