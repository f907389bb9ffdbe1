/**
 * Patterns with `*`, compared without backtracking: a pattern comes from the author of a script and the text from any
 * sender, and both together must not cost the main process more than the length of the text.
 */

export type Fits = (text: string) => boolean;

/** `*` stands for any characters, or none. */
export function wildcard(pattern: string): Fits {
  const [first = "", ...pieces] = pattern.split("*");
  const last = pieces.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of pieces) {
      // The first place is as good as any later one: it leaves the most text for the pieces behind it.
      const found = text.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

export type FitsPath = (segments: readonly string[]) => boolean;

/**
 * A pattern of a path: `*` stands for characters of one segment, alone for one segment that is not empty, and a segment
 * `**` for any number of segments, or none.
 */
export function pathWildcard(pattern: string): FitsPath {
  const runs: Fits[][] = [[]];
  for (const segment of pattern.split("/")) {
    if (segment === "**") runs.push([]);
    else runs.at(-1)?.push(segmentWildcard(segment));
  }
  const [first = [], ...between] = runs;
  const last = between.pop();
  if (last === undefined)
    return (segments) => segments.length === first.length && fitsAt(first, segments, 0);
  return (segments) => {
    const end = segments.length - last.length;
    if (end < first.length || !fitsAt(first, segments, 0) || !fitsAt(last, segments, end))
      return false;
    let at = first.length;
    for (const run of between) {
      while (at + run.length <= end && !fitsAt(run, segments, at)) at += 1;
      at += run.length;
      if (at > end) return false;
    }
    return true;
  };
}

const segmentWildcard = (segment: string): Fits =>
  segment === "*" ? (text) => text !== "" : wildcard(segment);

const fitsAt = (run: readonly Fits[], segments: readonly string[], at: number): boolean =>
  run.every((fits, index) => fits(segments[at + index] ?? ""));
