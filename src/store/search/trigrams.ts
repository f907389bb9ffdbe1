/** Trigrams for the index: the text stored for a block, and the FTS5 expression that a search sends. */

/** More trigrams hardly narrow the result further. */
const MAX_TRIGRAMS = 32;

/** An FTS5 expression of trigrams that every text with `sought` contains; undefined when `sought` is too short. */
export function trigramExpression(sought: string): string | undefined {
  const characters = [...sought];
  const all = characters
    .slice(2)
    .map((third, at) => `${characters[at]}${characters[at + 1]}${third}`);
  // FTS5 ends a text at a zero character.
  const usable = [...new Set(all)].filter((one) => !one.includes("\0"));
  if (usable.length === 0) return undefined;
  const stride = Math.ceil(usable.length / MAX_TRIGRAMS);
  return usable
    .filter((_, at) => at % stride === 0)
    .map((one) => `"${one.replaceAll('"', '""')}"`)
    .join(" AND ");
}

/** Two characters, each up to two UTF-16 units: the overlap that keeps trigrams across a comma. */
const OVERLAP = 4;

/**
 * A shorter text with the same trigrams. Messages of one sender are mostly alike, so each part between two commas is
 * kept once. Parts overlap, so that no trigram is lost.
 */
export function distinctParts(texts: readonly string[]): string {
  const parts = new Set<string>();
  for (const text of texts) {
    for (let start = 0; start < text.length; ) {
      const comma = text.indexOf(",", start);
      const end = comma === -1 ? text.length : comma + 1;
      parts.add(text.slice(start, comma === -1 ? end : end + OVERLAP));
      start = end;
    }
  }
  return [...parts].join("\n");
}
