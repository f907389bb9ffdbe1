/** What the index is told of a block, and asked: the sequences of three characters that a text with `sought` in it must have. */

/** More narrow it down no further. */
const MAX_TRIGRAMS = 32;

/** In the language of FTS5; undefined when `sought` is too short to be looked up. */
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

/** Two characters, of which each may be two of UTF-16. */
const OVERLAP = 4;

/**
 * A shorter text with the same sequences: messages of one sender are for the most part the same, and what is between
 * two commas counts once. Each part goes on into the next, so that no sequence is lost.
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
