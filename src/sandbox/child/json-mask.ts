import type { Mask } from "./mask.ts";

/** In JSON, of which a letter may look like one of the text behind it. */
const ESCAPE = /\\(?:u[\da-f]{4}|.)/g;
const QUOTE = '"'.charCodeAt(0);
const [MINUS, ZERO, NINE] = [0x2d, 0x30, 0x39];
/** What may stand in a number. */
const OF_NUMBERS = "0123456789.eE+-";

/** Masks a text that is JSON, so that it still is: in its texts and keys, and a number with a secret in it becomes a text. */
export function maskJson(json: string, mask: Mask): string {
  if (!mask.isIn(json)) return json;
  // There may be millions of texts and numbers.
  const { blank, apply } = mask.inJson(json);
  // What is a secret only together with brackets, or as `true` is, cannot be left in its place.
  const rest = maskParts(json, blank).replace(ESCAPE, " ");
  return mask.isIn(rest) ? JSON.stringify(mask.apply(json)) : maskParts(json, apply);
}

type MaskText = (text: string) => string;

/** Its texts and numbers are masked in their places: objects made of it would cost several times as much. */
function maskParts(json: string, mask: MaskText): string {
  let masked = "";
  let done = 0;
  for (let at = 0; at < json.length; ) {
    const end = endOfPart(json, at);
    if (end > at) {
      const part = json.slice(at, end);
      const text = part.includes("\\") ? JSON.parse(part) : part.replaceAll('"', "");
      const left = mask(text);
      if (left !== text) {
        masked += json.slice(done, at) + JSON.stringify(left);
        done = end;
      }
    }
    at = Math.max(end, at + 1);
  }
  return masked + json.slice(done);
}

/** Behind the text or number that begins at `at`; `at` when there is none. */
function endOfPart(json: string, at: number): number {
  const unit = json.charCodeAt(at);
  if (unit === QUOTE) return endOfText(json, at + 1);
  let end = at;
  if (unit === MINUS || (unit >= ZERO && unit <= NINE))
    while (end < json.length && OF_NUMBERS.includes(json.charAt(end))) end += 1;
  return end;
}

/** Behind the quote that is not escaped. */
function endOfText(json: string, from: number): number {
  let end = json.indexOf('"', from);
  while (end !== -1 && isEscaped(json, end, from)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end + 1;
}

/** Behind an odd number of backslashes. */
function isEscaped(json: string, at: number, from: number): boolean {
  let start = at;
  while (start > from && json[start - 1] === "\\") start -= 1;
  return (at - start) % 2 === 1;
}

/** A copy of a value in which every text is masked, keys included. Numbers stay what they are. */
export const maskTexts = <T>(value: T, mask: Mask): T => maskValue(value, mask.apply) as T;

function maskValue(value: unknown, mask: MaskText): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((part) => maskValue(part, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [mask(key), maskValue(part, mask)]),
  );
}
