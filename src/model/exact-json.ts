/** Writes JSON whose numbers keep the digits that they were read with. */
import { parseJson } from "./parse-json.ts";

declare global {
  interface JSON {
    /** A value that `stringify` writes as this text. */
    rawJSON(text: string): object;
  }
}

/** Shorter integers are exact. */
const LONG_DIGITS = /\d{16}/;
const INTEGER = /^-?\d+$/;

/** Integers beyond 2^53 become values that `JSON.stringify` writes as they were. */
export const parseForShow = (json: string): unknown =>
  LONG_DIGITS.test(json)
    ? parseJson(json, (text) => JSON.parse(text, keepDigits))
    : parseJson(json);

/** `source` is the text of a number, a string or a literal. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  const isRounded = typeof value === "number" && !Number.isSafeInteger(value);
  return isRounded && INTEGER.test(source) ? JSON.rawJSON(source) : value;
}
