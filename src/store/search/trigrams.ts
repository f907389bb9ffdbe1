/** What the index is asked: the sequences of three characters that a text with `sought` in it must have. */

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
