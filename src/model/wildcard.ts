/**
 * Patterns with `*`, matched without backtracking: the pattern comes from a script's author and the text from any
 * sender, and matching them must not take longer than the length of the text allows.
 */

export type TextMatcher = (text: string) => boolean;

/** `*` matches any characters, or none. */
export function wildcard(pattern: string): TextMatcher {
  const [first = "", ...pieces] = pattern.split("*");
  const last = pieces.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of pieces) {
      // The first occurrence is as good as a later one: it leaves the most text for the remaining pieces.
      const found = text.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

export type PathMatcher = (segments: readonly string[]) => boolean;

/**
 * A pattern for a path. `*` matches characters of one segment; a segment `*` matches one non-empty segment; a segment
 * `**` matches any number of segments, or none.
 */
export function pathWildcard(pattern: string): PathMatcher {
  const runs: TextMatcher[][] = [[]];
  for (const segment of pattern.split("/")) {
    if (segment === "**") runs.push([]);
    else runs.at(-1)?.push(segmentWildcard(segment));
  }
  const [first = [], ...between] = runs;
  const last = between.pop();
  if (last === undefined)
    return (segments) => segments.length === first.length && matchesAt(first, segments, 0);
  return (segments) => {
    const end = segments.length - last.length;
    if (end < first.length || !matchesAt(first, segments, 0) || !matchesAt(last, segments, end))
      return false;
    let at = first.length;
    for (const run of between) {
      while (at + run.length <= end && !matchesAt(run, segments, at)) at += 1;
      at += run.length;
      if (at > end) return false;
    }
    return true;
  };
}

const segmentWildcard = (segment: string): TextMatcher =>
  segment === "*" ? (text) => text !== "" : wildcard(segment);

const matchesAt = (run: readonly TextMatcher[], segments: readonly string[], at: number): boolean =>
  run.every((matches, index) => matches(segments[at + index] ?? ""));
