/** Takes secrets out of texts: values of properties a script was given, and of headers that prove who a sender is. */
import { secretSpellings, type WithSecrets } from "./secret-spellings.ts";
import type { Found, Spelling } from "./spelling.ts";

export interface Mask {
  readonly isIn: (text: string) => boolean;
  /** The text with each secret in it replaced by its name: `[NAME]`. */
  readonly apply: (text: string) => string;
  /** The same for a text whose rest was cut off: what may be the beginning of a secret at its end is masked too. */
  readonly applyToStart: (text: string) => string;
  /** The text with a character that no secret holds in place of each: what is left can be looked at once more. */
  readonly blank: (text: string) => string;
  /** Whether four characters in a row are also somewhere in a secret. */
  readonly sharesPart: (text: string) => boolean;
  /** Whether a name that is the same in all letter cases holds a secret. */
  readonly isInName: (name: string) => boolean;
  /** For the texts and numbers of this JSON alone: most secrets are in none of them. */
  readonly inJson: (json: string) => Mask;
}

const BLANK = "\0";
/** What two texts share by chance is shorter. */
const PART = 4;

/** Secrets may overlap and one may be a part of another: all are found before any is replaced. */
export function maskOf(...lists: Lists): Mask {
  let shortest: number | undefined;
  const find = (text: string): readonly Found[] => {
    shortest ??= Math.min(...lists.flat().map((spelling) => spelling.text.length));
    return text.length < shortest ? NOTHING : findAll(text, lists);
  };
  return {
    isIn: (text) => lists.some((list) => list.some((spelling) => spelling.isIn(text))),
    apply: (text) => replaced(text, find(text)),
    applyToStart: (text) => replaced(text, findAllInStart(text, lists)),
    blank: (text) => replaced(text, find(text), BLANK),
    sharesPart: partFinder(lists),
    isInName: (name) => {
      const lower = name.toLowerCase();
      return lists.some((list) => list.some(({ text }) => lower.includes(text.toLowerCase())));
    },
    inJson: (json) => maskOf(...lists.map((list) => list.filter(mayBeInPartOf(json)))),
  };
}

const NOTHING: readonly Found[] = [];

/** JSON writes each character as it is or as its escape, but for halves of characters. */
const mayBeInPartOf =
  (json: string) =>
  ({ text }: Spelling): boolean =>
    !text.isWellFormed() || json.includes(JSON.stringify(text).slice(1, -1));

/** Of scripts alone, whatever message they are run on. */
export const createMask = (...scripts: readonly WithSecrets[]): Mask =>
  maskOf(...scripts.map(secretSpellings));

type Lists = readonly (readonly Spelling[])[];

/** A text may hold hundreds of excerpts: the parts of the secrets are listed once, and only when one is asked about. */
function partFinder(lists: Lists): Mask["sharesPart"] {
  let parts: ReadonlySet<string> | undefined;
  return (text) => {
    parts ??= new Set(lists.flat().flatMap((spelling) => partsOf(spelling.text)));
    return partsOf(text).some((part) => parts?.has(part));
  };
}

const partsOf = (text: string): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - PART + 1) }, (_, at) => text.slice(at, at + PART));

function findAll(text: string, lists: Lists): Found[] {
  const found: Found[] = [];
  for (const list of lists)
    for (const spelling of list) for (const one of spelling.find(text)) found.push(one);
  return found;
}

function findAllInStart(text: string, lists: Lists): Found[] {
  const found = findAll(text, lists);
  const to = text.length;
  for (const spelling of lists.flat()) {
    const length = spelling.begunAtEnd(text);
    if (length > 0) found.push({ from: to - length, to, label: spelling.label });
  }
  return found;
}

/** Places that overlap are replaced together, by the name of the first and longest. */
function replaced(text: string, found: readonly Found[], shown?: string): string {
  if (found.length === 0) return text;
  let masked = "";
  let at = 0;
  for (const { from, to, label } of found.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (from >= at) masked += text.slice(at, from) + (shown ?? label);
    at = Math.max(at, to);
  }
  return masked + text.slice(at);
}
