/** A misspelt option would be ignored in silence: `ttl` for `ttlSeconds` keeps a value for good. */
export function readOptions(
  who: string,
  options: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof options !== "object" || options === null)
    throw new TypeError(
      `${who}: the options are of type ${typeof options}, an object was expected`,
    );
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return { ...options };
  throw new TypeError(
    `${who}: found the option ${unknown.join(", ")}, expected ${known.join(", ")}`,
  );
}
