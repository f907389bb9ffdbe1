/** Suggests URIs of functions for a message that matched none: a misspelt address, or one of another provider. */
import { editsBetween } from "./nearest-name.ts";
import { trimSlashes } from "./uri.ts";

/** A function that would run if the message had this URI and came from this provider. */
export interface NearUri {
  readonly provider: string;
  readonly uri: string;
}

const MAX_SHOWN = 3;
/** A longer URI is no misspelling, and comparing it takes time that its sender chooses. */
const MAX_SEGMENTS = 12;
export const MAX_CHARACTERS = 128;
/** One edit is allowed per this many characters, and two for short URIs. */
const CHARACTERS_PER_EDIT = 5;
const MIN_EDITS = 2;
/** The cost of a missing or additional segment at the start or end: `hooks/git/push`, `push`. */
const SEGMENT_EDITS = 3;

/** The nearest URIs first. URIs that need more edits than a misspelling are left out. */
export function nearestUris(uri: string, known: readonly NearUri[]): readonly NearUri[] {
  const segments = trimSlashes(uri.toLowerCase()).split("/").filter(Boolean);
  if (segments.length > MAX_SEGMENTS || uri.length > MAX_CHARACTERS) return [];
  // Several functions may have the same URI.
  const unique = new Map(known.map((one) => [`${one.provider} ${one.uri}`, one]));
  const near = [...unique.values()].flatMap((one) => {
    const distance = distanceTo(one.uri, segments);
    return distance === undefined ? [] : [{ one, distance }];
  });
  return near
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_SHOWN)
    .map(({ one }) => one);
}

/** Undefined beyond the limit. Letter case does not count. */
function distanceTo(pattern: string, segments: readonly string[]): number | undefined {
  if (pattern.length > MAX_CHARACTERS) return undefined;
  const parts = pattern.toLowerCase().split("/");
  const given = segments.join("/");
  const meant = filled(parts, segments).join("/");
  const limit = Math.max(MIN_EDITS, Math.floor(meant.length / CHARACTERS_PER_EDIT));
  if (given === meant) return 0;
  if (isEndOrStart(parts, segments) || isEndOrStart(segments, parts))
    return SEGMENT_EDITS * Math.abs(parts.length - segments.length);
  if (Math.abs(given.length - meant.length) > limit) return undefined;
  const edits = editsBetween(given, meant, limit);
  return edits <= limit ? edits : undefined;
}

/** The pattern with the URI's segments in place of `*` and `:name`, and its remaining segments in place of `**`. */
const filled = (parts: readonly string[], segments: readonly string[]): readonly string[] =>
  parts.flatMap((part, index) => {
    if (part === "**") return segments.slice(index);
    return part === "*" || part.startsWith(":") ? (segments[index] ?? part) : part;
  });

/** True if `part` holds whole literal segments, and stands at the start or end of `whole`. */
function isEndOrStart(part: readonly string[], whole: readonly string[]): boolean {
  if (part.length >= whole.length || part.join("").length < SEGMENT_EDITS) return false;
  const text = part.join("/");
  return (
    whole.slice(0, part.length).join("/") === text || whole.slice(-part.length).join("/") === text
  );
}

/** For lists and logs: `git/push (github)`. */
export const nearUriText = (near: readonly NearUri[]): string =>
  near.map(({ provider, uri }) => `${uri} (${provider})`).join(", ");
