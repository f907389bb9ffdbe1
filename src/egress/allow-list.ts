/** The rules for the URL of a call: scheme, host and port. */
import { isIP } from "node:net";
import { ownServerMessage } from "./failure.ts";
import type { HttpGrantLike } from "./request.ts";

const DEFAULT_PORTS = { https: 443, http: 80 } as const;

/** The rule that the URL violates, or undefined. `ownHosts` must come from `hostNames`. */
export function originProblem(
  url: URL,
  grant: HttpGrantLike,
  ownHosts: ReadonlySet<string>,
): string | undefined {
  const { hostname, host } = url;
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "https" && scheme !== "http")
    return `the scheme ${scheme}: cannot be called: expected https: or http:`;
  if (ownHosts.has(withoutDot(hostname))) return ownServerMessage(hostname);
  const port = url.port === "" ? DEFAULT_PORTS[scheme] : Number(url.port);
  const fits = (entry: HttpGrantLike["allow"][number]) =>
    entry.scheme === scheme && entry.port === port && fitsHost(entry, hostname);
  if (!grant.allow.some(fits)) {
    // An entry without a scheme means HTTPS. `host` includes the port if it is not the default of the scheme.
    const entry = scheme === "https" ? host : `http://${host}`;
    return `host ${host} is not in this function's http.allow for ${scheme}: to allow it, add "${entry}" there in function.json`;
  }
  if (url.username === "" && url.password === "") return undefined;
  return `the URL to host ${host} has a user name or password in it: send an authorization header instead`;
}

function fitsHost(entry: HttpGrantLike["allow"][number], hostname: string): boolean {
  if (!entry.wildcard) return hostname === entry.host;
  const suffix = `.${entry.host}`;
  return isIP(hostname) === 0 && hostname !== suffix && hostname.endsWith(suffix);
}

/** Host names as a URL spells them, for comparison. */
export const hostNames = (hosts: readonly string[]): ReadonlySet<string> =>
  new Set(hosts.map((host) => withoutDot(URL.parse(`http://${host}`)?.hostname ?? host)));

/** `example.org.` and `example.org` are the same host. */
const withoutDot = (host: string) => host.replace(/\.$/, "");
