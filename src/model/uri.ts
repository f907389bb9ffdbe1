/** URIs of functions: how a path becomes a URI, and which patterns match it. */

/**
 * The decoded segments of a path after the base. Leading and trailing slashes are dropped. The path is split before
 * decoding, so that `%2F` stays inside its segment. Undefined if a percent escape is malformed.
 */
export function uriSegments(pathAfterBase: string): readonly string[] | undefined {
  try {
    return trimSlashes(pathAfterBase).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Without a regular expression: one anchored at the end takes quadratic time on a path that consists of slashes. */
export function trimSlashes(path: string): string {
  let [start, end] = [0, path.length];
  while (start < end && path[start] === "/") start += 1;
  while (end > start && path[end - 1] === "/") end -= 1;
  return path.slice(start, end);
}

/** Why a pattern is invalid; undefined if it is valid. */
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
 * The parameters if the pattern matches the URI, undefined otherwise. `*` and `:name` match one non-empty segment, `**`
 * the rest.
 */
export function matchUri(
  pattern: string,
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const parts = pattern.split("/");
  const open = parts.at(-1) === "**";
  const fixed = open ? parts.slice(0, -1) : parts;
  if (open ? segments.length < fixed.length : segments.length !== fixed.length) return undefined;
  const given = fixed.map((part, index) => [part, segments[index] ?? ""] as const);
  if (!given.every(([part, segment]) => matchesSegment(part, segment))) return undefined;
  const named = given.filter(([part]) => part.startsWith(":"));
  return Object.fromEntries(named.map(([part, segment]) => [part.slice(1), segment]));
}

const matchesSegment = (part: string, segment: string) =>
  part === segment || (segment !== "" && (part === "*" || part.startsWith(":")));
