/** The texts to mask for secret headers (those that prove who the sender is): their values, and the parts of these. */
import { escapedForms } from "./secret-spellings.ts";
import { Spelling } from "./spelling.ts";

/** Shorter texts would mask ordinary words. */
export const MIN_SECRET_CHARACTERS = 8;
/**
 * Limits, since the sender chooses how many there are: per header (beside the whole value), longest first, and for
 * all headers together.
 */
const MAX_PARTS = 16;
const MAX_SPELLINGS = 64;
const MAX_LABEL = 64;

/** `secret`: header names in lower case. */
export function headerSpellings(
  headers: ReadonlyMap<string, readonly string[]>,
  secret: ReadonlySet<string>,
): readonly Spelling[] {
  const spellings: Spelling[] = [];
  for (const name of secret) {
    const label = `[${name.slice(0, MAX_LABEL)}]`;
    const parts = headers.get(name)?.flatMap(partsOf) ?? [];
    for (const text of parts.flatMap(bothForms)) spellings.push(new Spelling(text, label));
  }
  if (spellings.length <= MAX_SPELLINGS) return spellings;
  return spellings.toSorted((a, b) => b.text.length - a.text.length).slice(0, MAX_SPELLINGS);
}

const bothForms = (part: string): readonly string[] => escapedForms(part, 1);

/** Splits values such as `Bearer abc`, `sha256=abc`, `t=1,v1=abc` and `a=b; c=d`. Decodes `Basic` credentials. */
function partsOf(value: string): readonly string[] {
  if (value.length < MIN_SECRET_CHARACTERS) return [];
  // A single word, as most signatures are.
  if (!SEPARATOR.test(value)) return [value, ...[textOf(value)].filter(isPartOf(value))];
  const words = value.split(SEPARATOR);
  const basic = /^basic\s+(\S+)/i.exec(value)?.[1];
  const decoded = basic === undefined ? "" : Buffer.from(basic, "base64").toString();
  const password = decoded.slice(decoded.indexOf(":") + 1);
  const parts = new Set([decoded, password, ...words, ...words.map(textOf)]);
  return [value, ...longest([...parts].filter(isPartOf(value)), MAX_PARTS)];
}

const SEPARATOR = /[\s,;]+/;

/** The part after `name=`, without quotes. */
const textOf = (word: string): string => word.slice(word.indexOf("=") + 1).replace(/^"|"$/g, "");

const isPartOf = (value: string) => (part: string) =>
  part.length >= MIN_SECRET_CHARACTERS && part !== value;

const longest = (parts: readonly string[], max: number): readonly string[] =>
  parts.length <= max ? parts : parts.toSorted((a, b) => b.length - a.length).slice(0, max);
