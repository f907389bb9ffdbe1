/** What was likely meant by a name that is not known. */

const MOST_EDITS = 2;

/** The name with the fewest edits from `given`, at most two; undefined when there is none. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .filter((name) => Math.abs(name.length - given.length) <= MOST_EDITS)
    .map((name) => ({ name, edits: editsBetween(given, name) }))
    .toSorted((a, b) => a.edits - b.edits);
  return nearest !== undefined && nearest.edits <= MOST_EDITS ? nearest.name : undefined;
}

/** Levenshtein's distance: characters put in, taken out or replaced. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
