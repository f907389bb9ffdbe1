/** Addresses as senders write them into what they sign. */

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/** With and without the port that need not be written: senders differ, and it is the same address. */
export function urlSpellings(url: string): readonly string[] {
  const [, scheme = "", host = "", port = "", rest = ""] =
    /^(https?):\/\/(\[[^\]]*\]|[^/?#:]+)(?::(\d+))?(.*)$/s.exec(url) ?? [];
  const usual = DEFAULT_PORTS[scheme];
  if (usual === undefined || (port !== "" && port !== usual)) return [url];
  return [`${scheme}://${host}${rest}`, `${scheme}://${host}:${usual}${rest}`];
}
