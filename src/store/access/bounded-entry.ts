/** Limits an entry of the audit log to four kilobytes: long values are cut, and the entry lists the cut fields. */
import { hash } from "node:crypto";
import type { AuditEntry } from "../../model/audit.ts";

/** Bytes of all texts of an entry together. */
export const MAX_ENTRY_BYTES = 4096;
const MAX_TARGET_CHARACTERS = 256;
/** Tried in this order until the entry fits. */
const BOUNDS = [
  { characters: 256, items: 20, keys: 40 },
  { characters: 64, items: 5, keys: 20 },
  { characters: 24, items: 2, keys: 8 },
] as const;
type Bounds = (typeof BOUNDS)[number];
/** Names of cut fields that are listed; "…" stands for the rest. */
const MAX_CUTS = 12;
const MAX_DEPTH = 6;

/** The stored form: `before` and `after` are JSON. */
export interface EntryTexts {
  readonly target: string;
  readonly before: string | null;
  readonly after: string | null;
}

export function entryTexts({ caller, action, target, before, after }: AuditEntry): EntryTexts {
  const cutTarget = cutText(target, MAX_TARGET_CHARACTERS);
  const room = MAX_ENTRY_BYTES - bytesOf(caller) - bytesOf(action) - bytesOf(cutTarget);
  const whole = { target: cutTarget, before: json(before), after: json(after) };
  if (fits(whole, room)) return whole;
  for (const bounds of BOUNDS) {
    const cut = {
      target: cutTarget,
      before: shortened(before, bounds),
      after: shortened(after, bounds),
    };
    if (fits(cut, room)) return cut;
  }
  return { target: cutTarget, before: onlyDigest(whole.before), after: onlyDigest(whole.after) };
}

const json = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value));

const bytesOf = (text: string | null) => (text === null ? 0 : Buffer.byteLength(text));

const fits = ({ before, after }: EntryTexts, room: number) =>
  bytesOf(before) + bytesOf(after) <= room;

/** As JSON, with the names of the shortened fields in `cut`. */
function shortened(value: object | undefined, bounds: Bounds): string | null {
  if (value === undefined) return null;
  const cuts: string[] = [];
  const short = shorten(value, "", { bounds, cuts });
  const cut = cuts.length > MAX_CUTS ? [...cuts.slice(0, MAX_CUTS), "…"] : cuts;
  return JSON.stringify(cuts.length === 0 ? short : { ...Object(short), cut });
}

interface Shortening {
  readonly bounds: Bounds;
  readonly cuts: string[];
}

/** `path` is the path of `value`: `filter.uri`, `drafts[3]`. */
function shorten(value: unknown, path: string, { bounds, cuts }: Shortening): unknown {
  const inner = (one: unknown, key: string) => shorten(one, `${path}${key}`, { bounds, cuts });
  if (typeof value === "string") {
    const text = cutText(value, bounds.characters);
    if (text !== value) cuts.push(cutText(path, bounds.characters));
    return text;
  }
  if (typeof value !== "object" || value === null) return value;
  const max = Array.isArray(value) ? bounds.items : bounds.keys;
  const parts = Object.entries(value);
  const isTooDeep = path.split(/[.[]/).length > MAX_DEPTH;
  if (parts.length > max || isTooDeep) cuts.push(cutText(path, bounds.characters));
  const remaining = isTooDeep ? [] : parts.slice(0, max);
  if (Array.isArray(value)) return remaining.map(([at, one]) => inner(one, `[${at}]`));
  const dot = path === "" ? "" : ".";
  return Object.fromEntries(
    remaining.map(([key, one]) => [cutText(key, bounds.characters), inner(one, `${dot}${key}`)]),
  );
}

/** The beginning of a text, its length and its digest, which shows whether two cut texts were equal. */
function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const beginning = text.slice(0, max).replace(/[\ud800-\udbff]$/, "");
  return `${beginning}… (${text.length} characters, SHA-256 ${digest(text)})`;
}

const digest = (text: string) => hash("sha256", text).slice(0, 16);

const onlyDigest = (text: string | null) =>
  text === null
    ? null
    : JSON.stringify({ cut: ["all"], characters: text.length, sha256: digest(text) });
