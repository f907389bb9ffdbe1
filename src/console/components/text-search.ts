/** State that stands in the address, so that a link shows the same: a few named texts. */

export type TextSearch<K extends string> = { readonly [name in K]?: string };

/** For `validateSearch` of a route: takes these names and ignores others and empty texts. */
export const textSearch =
  <const K extends string>(...names: readonly K[]) =>
  (given: Readonly<Record<string, unknown>>): TextSearch<K> =>
    onlyTexts(names, given);

function onlyTexts<K extends string>(
  names: readonly K[],
  given: Readonly<Record<string, unknown>>,
): TextSearch<K> {
  const found: { [name in K]?: string } = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value === "string" && value !== "") found[name] = value;
  }
  return found;
}

/** Plain names and texts, as people type them: TanStack Router would write texts as JSON. */
export const parseAddress = (query: string): Readonly<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(query));

export function formatAddress(search: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(search).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
  );
  const query = new URLSearchParams(texts).toString();
  return query === "" ? "" : `?${query}`;
}
