/** The ways in which the value of a secret property may be written in a text. */
import type { ChildScript } from "../wire/protocol.ts";
import { Spelling } from "./spelling.ts";

/** Shorter values would mask ordinary words. */
const MIN_LENGTH = 4;
/**
 * Lengths of values that are also searched for in other encodings. The encodings of a shorter value are ordinary
 * words.
 */
const MIN_ENCODED = 8;
const MAX_ENCODED = 4096;
/** How deep JSON may be nested in JSON. */
const MAX_ESCAPED = 3;

export type WithSecrets = Pick<ChildScript, "properties" | "secrets">;

export function secretSpellings({ properties, secrets }: WithSecrets): readonly Spelling[] {
  return secrets.flatMap((name) => {
    const values = (properties[name] ?? []).filter(({ length }) => length >= MIN_LENGTH);
    const texts = new Set(
      values.flatMap((value) => [...escapedForms(value), ...encodedForms(value)]),
    );
    return [...texts].map((text) => new Spelling(text, `[${name}]`));
  });
}

const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** The value, and the value with quotes and line breaks escaped as in JSON. */
export function escapedForms(value: string, maxDepth = MAX_ESCAPED): readonly string[] {
  const forms = [value];
  if (!ESCAPED.test(value)) return forms;
  for (let depth = 0; depth < maxDepth; depth++) {
    const escaped = JSON.stringify(forms.at(-1)).slice(1, -1);
    if (escaped === forms.at(-1)) break;
    forms.push(escaped);
  }
  return forms;
}

function encodedForms(value: string): readonly string[] {
  if (value.length < MIN_ENCODED || value.length > MAX_ENCODED || !value.isWellFormed()) return [];
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((before) => base64Within(bytes, before));
  const urlSafe = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [encodeURIComponent(value), bytes.toString("hex"), ...base64, ...urlSafe];
}

/** The Base64 digits that depend on these bytes alone, when `before` other bytes precede them. */
function base64Within(bytes: Buffer, before: number): string {
  const digits = Buffer.concat([Buffer.alloc(before), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = Math.ceil((before * 8) / 6);
  const isWhole = (before + bytes.length) % 3 === 0;
  return digits.slice(from, isWhole ? undefined : -1);
}
