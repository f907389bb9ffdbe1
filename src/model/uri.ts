/** URIs of functions: how a path becomes one, and which patterns fit it. */

/** The path after the base as a URI, or undefined when a percent escape is malformed. */
export function uriFromPath(pathAfterBase: string): string | undefined {
  try {
    return pathAfterBase.split("/").map(decodeURIComponent).join("/").replace(/^\/+|\/+$/g, "");
  } catch {
    return undefined;
  }
}

/** Says why a pattern cannot be used, or undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  const segments = pattern.split("/");
  const rest = segments.indexOf("**");
  if (rest !== -1 && rest !== segments.length - 1) return "`**` may only be the last segment";
  const names = segments.filter((part) => part.startsWith(":"));
  if (names.some((name) => !/^:[A-Za-z_]\w*$/.test(name))) {
    return "a `:name` segment is a colon and an identifier";
  }
  return new Set(names).size === names.length ? undefined : "two segments have the same `:name`";
}

/** The parameters when the pattern fits the URI, undefined when it does not. `*` and `:name` span one segment, `**` the rest. */
export function matchUri(
  pattern: string,
  uri: string,
): Readonly<Record<string, string>> | undefined {
  if (pattern === uri) return {};
  const wanted = pattern.split("/");
  const given = uri.split("/");
  const open = wanted.at(-1) === "**";
  const fixed = open ? wanted.slice(0, -1) : wanted;
  if (open ? given.length < fixed.length : given.length !== fixed.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of fixed.entries()) {
    const segment = given[index] ?? "";
    if (part.startsWith(":") && segment !== "") params[part.slice(1)] = segment;
    else if (part !== segment && !(part === "*" && segment !== "")) return undefined;
  }
  return params;
}
