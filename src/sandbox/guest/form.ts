/** Decodes `application/x-www-form-urlencoded` text, as `event.query` and browsers do. */
import { decodeUtf8 } from "./web/utf8.ts";

/** A run of well-formed escapes, which may be several bytes of one character. */
const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/** Malformed escapes stay as they are; escaped bytes that are not UTF-8 become U+FFFD. */
export function decodeFormPart(part: string): string {
  const spaced = part.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(ESCAPES, decodeEscapes);
  }
}

function decodeEscapes(escapes: string): string {
  const bytes = new Uint8Array(escapes.length / 3);
  for (let at = 0; at < bytes.length; at++)
    bytes[at] = Number.parseInt(escapes.slice(at * 3 + 1, at * 3 + 3), 16);
  return decodeUtf8(bytes, false) ?? "";
}

/**
 * Repeated fields become arrays. Keys such as `__proto__` stay plain data, since the properties are defined and not
 * assigned.
 */
export function collectFields(
  pairs: Iterable<readonly [name: string, value: unknown]>,
): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of pairs) {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else fields.set(name, [before, value]);
  }
  return Object.fromEntries(fields);
}

export const parseForm = (text: string): Record<string, unknown> => collectFields(pairsOf(text));

function* pairsOf(text: string): Generator<readonly [name: string, value: string], void> {
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const cut = pair.indexOf("=");
    const name = decodeFormPart(cut === -1 ? pair : pair.slice(0, cut));
    yield [name, cut === -1 ? "" : decodeFormPart(pair.slice(cut + 1))];
  }
}
