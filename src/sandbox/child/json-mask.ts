import type { Mask } from "./mask.ts";

/** An escape in JSON. Its last letter may look like a part of the text after it. */
const ESCAPE = /\\(?:u[\da-f]{4}|.)/g;
const QUOTE = '"'.charCodeAt(0);
const [MINUS, ZERO, NINE] = [0x2d, 0x30, 0x39];
const NUMBER_CHARACTERS = "0123456789.eE+-";

/**
 * Masks secrets in JSON, so that it stays valid JSON: in texts and keys. A number that contains a secret becomes a
 * text.
 */
export function maskJson(json: string, mask: Mask): string {
  if (!mask.isIn(json)) return json;
  // Only the secrets that occur at all: there may be millions of texts and numbers to mask.
  const { blank, apply } = mask.inJson(json);
  // If a secret spans brackets, or is a word like `true`, it cannot be masked in place: mask the whole text as one
  // string.
  const rest = maskParts(json, blank).replace(ESCAPE, " ");
  return mask.isIn(rest) ? JSON.stringify(mask.apply(json)) : maskParts(json, apply);
}

type MaskText = (text: string) => string;

/** Masks texts and numbers in place: parsing the JSON would cost several times as much. */
function maskParts(json: string, mask: MaskText): string {
  let output = "";
  let done = 0;
  for (let at = 0; at < json.length; ) {
    const end = endOfPart(json, at);
    if (end > at) {
      const part = json.slice(at, end);
      const text = part.includes("\\") ? JSON.parse(part) : part.replaceAll('"', "");
      const masked = mask(text);
      if (masked !== text) {
        output += json.slice(done, at) + JSON.stringify(masked);
        done = end;
      }
    }
    at = Math.max(end, at + 1);
  }
  return output + json.slice(done);
}

/** The end of the text or number at `at`; `at` if there is none. */
function endOfPart(json: string, at: number): number {
  const unit = json.charCodeAt(at);
  if (unit === QUOTE) return endOfText(json, at + 1);
  let end = at;
  if (unit === MINUS || (unit >= ZERO && unit <= NINE))
    while (end < json.length && NUMBER_CHARACTERS.includes(json.charAt(end))) end += 1;
  return end;
}

/** The position after the closing quote. */
function endOfText(json: string, from: number): number {
  let end = json.indexOf('"', from);
  while (end !== -1 && isEscaped(json, end, from)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end + 1;
}

/** True after an odd number of backslashes. */
function isEscaped(json: string, at: number, from: number): boolean {
  let start = at;
  while (start > from && json[start - 1] === "\\") start -= 1;
  return (at - start) % 2 === 1;
}

/** A copy of a value with every text and key masked. Numbers stay as they are. */
export const maskTexts = <T>(value: T, mask: Mask): T => maskValue(value, mask.apply) as T;

function maskValue(value: unknown, mask: MaskText): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((part) => maskValue(part, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [mask(key), maskValue(part, mask)]),
  );
}
