/** Secrets a script was given must not leave in what it logs, returns or throws. */

import type { ChildScript } from "../protocol.ts";

/** Shorter values would mask ordinary words. */
const MIN_LENGTH = 4;

type Masked = Pick<ChildScript, "properties" | "secrets">;

export interface Mask {
  /** Whether a secret is anywhere in what was made into this JSON; it may say so of one that only its keys hold. */
  readonly isNeeded: (json: string) => boolean;
  /** Copies a value so that every secret of these scripts reads `[NAME]`, in whatever text of it. */
  readonly apply: <T>(value: T) => T;
}

/** Made once for what is masked often: looking for the spellings of many secrets costs more than finding none. */
export function createMask(...scripts: readonly Masked[]): Mask {
  const spellings = scripts.flatMap(spellingsOf).toSorted((a, b) => b.text.length - a.text.length);
  const inJson = [...new Set(spellings.map(({ text }) => escaped(text)))];
  // Half of a character is written in another way beside its other half.
  const isCertain = spellings.every(({ text }) => text.isWellFormed());
  return {
    isNeeded: (json) => !isCertain || inJson.some((text) => json.includes(text)),
    apply: <T>(value: T) => (spellings.length === 0 ? value : (maskAll(value, spellings) as T)),
  };
}

interface Spelling {
  readonly text: string;
  readonly mask: string;
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

/** Texts may hold JSON, and JSON in JSON: a secret with a quote or a line break looks different in each. */
function spellingsOf({ properties, secrets }: Masked): readonly Spelling[] {
  return secrets.flatMap((name) =>
    (properties[name] ?? [])
      .filter((secret) => secret.length >= MIN_LENGTH)
      .flatMap((secret) => [secret, escaped(secret), escaped(escaped(secret))])
      .map((text) => ({ text, mask: `[${name}]` })),
  );
}

function maskAll(value: unknown, spellings: readonly Spelling[]): unknown {
  if (typeof value === "string") {
    return spellings.reduce((text, one) => text.replaceAll(one.text, one.mask), value);
  }
  if (Array.isArray(value)) return value.map((part) => maskAll(part, spellings));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, maskAll(part, spellings)]),
  );
}
