/** URLs as senders write them into signed content. */

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/** With and without the default port: senders differ, and both are the same URL. */
export function urlSpellings(url: string): readonly string[] {
  const [, scheme = "", host = "", port = "", rest = ""] =
    /^(https?):\/\/(\[[^\]]*\]|[^/?#:]+)(?::(\d+))?(.*)$/s.exec(url) ?? [];
  const usual = DEFAULT_PORTS[scheme];
  if (usual === undefined || (port !== "" && port !== usual)) return [url];
  return [`${scheme}://${host}${rest}`, `${scheme}://${host}:${usual}${rest}`];
}
