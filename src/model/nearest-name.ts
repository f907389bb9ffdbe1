/** Suggests a known name for an unknown one. */

const MAX_EDITS = 2;

/** The name with the fewest edits from `given`, at most two; undefined if there is none. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .filter((name) => Math.abs(name.length - given.length) <= MAX_EDITS)
    .map((name) => ({ name, edits: editsBetween(given, name, MAX_EDITS) }))
    .toSorted((a, b) => a.edits - b.edits);
  return nearest !== undefined && nearest.edits <= MAX_EDITS ? nearest.name : undefined;
}

/**
 * The Levenshtein distance: the number of inserted, removed or replaced characters. Beyond `limit`, any number above
 * it.
 */
export function editsBetween(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      const edits = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      least = Math.min(least, edits);
      next.push(edits);
    }
    // No further row has a smaller number.
    if (least > limit) return least;
    row = next;
  }
  return row[b.length] ?? 0;
}
