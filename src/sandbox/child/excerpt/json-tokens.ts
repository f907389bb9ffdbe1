/** The tokens of JSON, in bytes: white space, texts, numbers and the three words. A position of -1 means "not JSON". */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_U = 0x75;
const LOWER_E = 0x65;
/** ORed into an ASCII letter, makes it lower case. */
const CASE_BIT = 0x20;
const UNICODE_ESCAPE_BYTES = 6;

/** A lookup table by byte: faster than comparisons over up to 25 MiB. */
const tableOf = (bytes: string): Uint8Array => {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(bytes)) table[byte] = 1;
  return table;
};

const SPACES = tableOf(" \n\r\t");
const DIGITS = tableOf("0123456789");
const HEX_DIGITS = tableOf("0123456789abcdefABCDEF");
const ESCAPES = tableOf('"\\/bfnrt');
/** Bytes that end a run of plain characters in a text: the quote, a backslash, or a control character. */
const STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte < SPACE || byte === QUOTE || byte === BACKSLASH),
);

/** The first position from `at` on that is not white space. */
export function skipSpace(bytes: Buffer, at: number): number {
  let here = at;
  while (SPACES[bytes[here] ?? 0] === 1) here += 1;
  return here;
}

/** The position after the closing quote of the text whose content starts at `at`. */
export function endOfText(bytes: Buffer, at: number): number {
  const { length } = bytes;
  let here = at;
  for (;;) {
    while (here < length && STOPS[bytes[here] ?? 0] === 0) here += 1;
    const byte = bytes[here];
    if (byte === QUOTE) return here + 1;
    if (byte !== BACKSLASH) return -1;
    here = endOfEscape(bytes, here);
    if (here === -1) return -1;
  }
}

function endOfEscape(bytes: Buffer, at: number): number {
  const kind = bytes[at + 1] ?? 0;
  if (ESCAPES[kind] === 1) return at + 2;
  if (kind !== LOWER_U) return -1;
  const end = at + UNICODE_ESCAPE_BYTES;
  for (let here = at + 2; here < end; here++) if (HEX_DIGITS[bytes[here] ?? 0] === 0) return -1;
  return end;
}

const WORDS = ["true", "false", "null"].map((word) => Buffer.from(word));

/** The position after the number or word at `at`. */
export function endOfScalar(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (DIGITS[first] === 1) return endOfNumber(bytes, at);
  if (first === MINUS) return endOfNumber(bytes, at + 1);
  const word = WORDS.find((one) => one[0] === first);
  return word !== undefined && hasWord(bytes, at, word) ? at + word.length : -1;
}

function hasWord(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let index = 1; index < word.length; index++)
    if (bytes[at + index] !== word[index]) return false;
  return true;
}

/** `at`: after the sign. */
function endOfNumber(bytes: Buffer, at: number): number {
  let here = bytes[at] === ZERO ? at + 1 : endOfDigits(bytes, at);
  if (here !== -1 && bytes[here] === DOT) here = endOfDigits(bytes, here + 1);
  if (here === -1 || ((bytes[here] ?? 0) | CASE_BIT) !== LOWER_E) return here;
  const sign = bytes[here + 1];
  return endOfDigits(bytes, sign === MINUS || sign === PLUS ? here + 2 : here + 1);
}

/** The position after at least one digit. */
function endOfDigits(bytes: Buffer, at: number): number {
  let here = at;
  while (DIGITS[bytes[here] ?? 0] === 1) here += 1;
  return here === at ? -1 : here;
}
