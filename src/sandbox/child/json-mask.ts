import type { Mask } from "./mask.ts";

/** In JSON, of which a letter may look like one of the text behind it. */
const ESCAPE = /\\(?:u[\da-f]{4}|.)/g;

/** Masks a text that is JSON, so that it still is: in its texts and keys, and a number with a secret in it becomes a text. */
export function maskJson(json: string, mask: Mask): string {
  if (!mask.isIn(json)) return json;
  const value: unknown = JSON.parse(json);
  // What is a secret only together with brackets, or as `true` is, cannot be left in its place.
  const rest = JSON.stringify(maskValue(value, mask.blank, true)).replace(ESCAPE, " ");
  return JSON.stringify(mask.isIn(rest) ? mask.apply(json) : maskValue(value, mask.apply, true));
}

/** A copy of a value in which every text is masked, keys included. Numbers stay what they are. */
export const maskTexts = <T>(value: T, mask: Mask): T => maskValue(value, mask.apply, false) as T;

type MaskText = (text: string) => string;

function maskValue(value: unknown, mask: MaskText, numbers: boolean): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value === "number") return numbers ? maskNumber(value, mask) : value;
  if (Array.isArray(value)) return value.map((part) => maskValue(part, mask, numbers));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [mask(key), maskValue(part, mask, numbers)]),
  );
}

function maskNumber(value: number, mask: MaskText): number | string {
  const text = String(value);
  const masked = mask(text);
  return masked === text ? value : masked;
}
