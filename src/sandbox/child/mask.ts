/** Masks secrets in texts: values of secret properties, and of headers that prove who the sender is. */
import { secretSpellings, type WithSecrets } from "./secret-spellings.ts";
import type { Occurrence, Spelling } from "./spelling.ts";

export interface Mask {
  readonly isIn: (text: string) => boolean;
  /** Replaces each secret by its name: `[NAME]`. */
  readonly apply: (text: string) => string;
  /** Like `apply`, for a text whose end was cut off: a prefix of a secret at its end is masked too. */
  readonly applyToStart: (text: string) => string;
  /** Replaces each secret by a character that no secret contains, to search the rest again. */
  readonly blank: (text: string) => string;
  /** True if four consecutive characters also occur in a secret. */
  readonly sharesPart: (text: string) => boolean;
  /** True if the header name contains a secret, in any letter case. */
  readonly isInHeaderName: (name: string) => boolean;
  /** A mask for the texts and numbers of this JSON, without the secrets that do not occur in it. */
  readonly inJson: (json: string) => Mask;
}

const BLANK = "\0";
/** Shorter common parts are chance. */
const PART_LENGTH = 4;

/** Secrets may overlap or contain each other, so all are found before any is replaced. */
export function maskOf(...lists: Lists): Mask {
  let shortest: number | undefined;
  const find = (text: string): readonly Occurrence[] => {
    shortest ??= Math.min(...lists.flat().map((spelling) => spelling.text.length));
    return text.length < shortest ? NOTHING : findAll(text, lists);
  };
  return {
    isIn: (text) => lists.some((list) => list.some((spelling) => spelling.isIn(text))),
    apply: (text) => replaceOccurrences(text, find(text)),
    applyToStart: (text) => replaceOccurrences(text, findAllAndPrefix(text, lists)),
    blank: (text) => replaceOccurrences(text, find(text), BLANK),
    sharesPart: partFinder(lists),
    isInHeaderName: (name) => {
      const lower = name.toLowerCase();
      return lists.some((list) => list.some(({ text }) => lower.includes(text.toLowerCase())));
    },
    inJson: (json) => maskOf(...lists.map((list) => list.filter(mayBeInJson(json)))),
  };
}

const NOTHING: readonly Occurrence[] = [];

/**
 * True unless `text` certainly does not occur. JSON escapes a character in one way only, except for lone surrogates.
 */
const mayBeInJson =
  (json: string) =>
  ({ text }: Spelling): boolean =>
    !text.isWellFormed() || json.includes(JSON.stringify(text).slice(1, -1));

/** The mask for the secrets of scripts, without those of a message. */
export const createMask = (...scripts: readonly WithSecrets[]): Mask =>
  maskOf(...scripts.map(secretSpellings));

type Lists = readonly (readonly Spelling[])[];

/** The parts are computed on first use and kept: a text may contain hundreds of excerpts. */
function partFinder(lists: Lists): Mask["sharesPart"] {
  let parts: ReadonlySet<string> | undefined;
  return (text) => {
    parts ??= new Set(lists.flat().flatMap((spelling) => partsOf(spelling.text)));
    return partsOf(text).some((part) => parts?.has(part));
  };
}

const partsOf = (text: string): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - PART_LENGTH + 1) }, (_, at) =>
    text.slice(at, at + PART_LENGTH),
  );

function findAll(text: string, lists: Lists): Occurrence[] {
  const found: Occurrence[] = [];
  for (const list of lists)
    for (const spelling of list) for (const one of spelling.find(text)) found.push(one);
  return found;
}

function findAllAndPrefix(text: string, lists: Lists): Occurrence[] {
  const found = findAll(text, lists);
  const to = text.length;
  for (const spelling of lists.flat()) {
    const length = spelling.prefixAtEnd(text);
    if (length > 0) found.push({ from: to - length, to, label: spelling.label });
  }
  return found;
}

/** Overlapping occurrences are replaced together, by the name of the first and longest. */
function replaceOccurrences(
  text: string,
  found: readonly Occurrence[],
  replacement?: string,
): string {
  if (found.length === 0) return text;
  let masked = "";
  let at = 0;
  for (const { from, to, label } of found.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (from >= at) masked += text.slice(at, from) + (replacement ?? label);
    at = Math.max(at, to);
  }
  return masked + text.slice(at);
}
