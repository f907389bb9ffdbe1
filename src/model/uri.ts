/** URIs of functions: how a path becomes one, and which patterns fit it. */

/**
 * The decoded segments of a path after the base: without empty ones at either end, split before decoding, so that
 * `%2F` is part of a segment. Undefined when a percent escape is malformed.
 */
export function uriSegments(pathAfterBase: string): readonly string[] | undefined {
  try {
    return trimSlashes(pathAfterBase).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** By hand: a regular expression anchored at the end takes quadratic time on a path of nothing but slashes. */
export function trimSlashes(path: string): string {
  let [start, end] = [0, path.length];
  while (start < end && path[start] === "/") start += 1;
  while (end > start && path[end - 1] === "/") end -= 1;
  return path.slice(start, end);
}

/** Says why a pattern cannot be used, or undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  const segments = pattern.split("/");
  if (segments.length > 1 && (segments[0] === "" || segments.at(-1) === "")) {
    return "a URI has no slash at its start or end";
  }
  const rest = segments.indexOf("**");
  if (rest !== -1 && rest !== segments.length - 1) return "`**` may only be the last segment";
  const names = segments.filter((part) => part.startsWith(":"));
  if (names.some((name) => !/^:[A-Za-z_]\w*$/.test(name))) {
    return "a `:name` segment is a colon and an identifier";
  }
  return new Set(names).size === names.length ? undefined : "two segments have the same `:name`";
}

/**
 * The parameters when the pattern fits the URI, undefined when it does not.
 * `*` and `:name` span one segment that is not empty, `**` the rest.
 */
export function matchUri(
  pattern: string,
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const open = wanted.at(-1) === "**";
  const fixed = open ? wanted.slice(0, -1) : wanted;
  if (open ? segments.length < fixed.length : segments.length !== fixed.length) return undefined;
  const given = fixed.map((part, index) => [part, segments[index] ?? ""] as const);
  if (!given.every(([part, segment]) => fits(part, segment))) return undefined;
  const named = given.filter(([part]) => part.startsWith(":"));
  return Object.fromEntries(named.map(([part, segment]) => [part.slice(1), segment]));
}

const fits = (part: string, segment: string) =>
  part === segment || (segment !== "" && (part === "*" || part.startsWith(":")));
