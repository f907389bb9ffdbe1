/**
 * Refuses unknown options: a misspelt one would be ignored silently, and `ttl` instead of `ttlSeconds` would keep a
 * value for ever.
 */
export function readOptions(
  caller: string,
  options: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof options !== "object" || options === null)
    throw new TypeError(
      `${caller}: the options are of type ${typeof options}, an object was expected`,
    );
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return { ...options };
  throw new TypeError(
    `${caller}: found the option ${unknown.join(", ")}, expected ${known.join(", ")}`,
  );
}
