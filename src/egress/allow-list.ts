/** The rules on where a call may go, as far as its URL shows: scheme, host and port. */
import { isIP } from "node:net";
import { isThisServer } from "./failure.ts";
import type { HttpGrantLike } from "./request.ts";

const DEFAULT_PORTS = { https: 443, http: 80 } as const;

/** Which rule the URL is against, or undefined when none. `ownHosts` are spelled as `hostNames` gives them. */
export function originProblem(
  url: URL,
  grant: HttpGrantLike,
  ownHosts: ReadonlySet<string>,
): string | undefined {
  const { hostname, host } = url;
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "https" && scheme !== "http")
    return `the scheme ${scheme}: cannot be called: expected https: or http:`;
  if (ownHosts.has(withoutDot(hostname))) return isThisServer(hostname);
  const port = url.port === "" ? DEFAULT_PORTS[scheme] : Number(url.port);
  const fits = (entry: HttpGrantLike["allow"][number]) =>
    entry.scheme === scheme && entry.port === port && fitsHost(entry, hostname);
  if (!grant.allow.some(fits)) {
    // An entry without a scheme means HTTPS; `host` has the port where it is not the scheme's own.
    const entry = scheme === "https" ? host : `http://${host}`;
    return `host ${host} is not in this function's http.allow for ${scheme}: if it is meant to be called, add "${entry}" there in function.json`;
  }
  if (url.username === "" && url.password === "") return undefined;
  return `the URL to host ${host} has a user name or password in it: send an authorization header instead`;
}

function fitsHost(entry: HttpGrantLike["allow"][number], hostname: string): boolean {
  if (!entry.wildcard) return hostname === entry.host;
  const suffix = `.${entry.host}`;
  return isIP(hostname) === 0 && hostname !== suffix && hostname.endsWith(suffix);
}

/** Host names as a URL has them, for comparison. */
export const hostNames = (hosts: readonly string[]): ReadonlySet<string> =>
  new Set(hosts.map((host) => withoutDot(URL.parse(`http://${host}`)?.hostname ?? host)));

/** `example.org.` and `example.org` are the same host. */
const withoutDot = (host: string) => host.replace(/\.$/, "");
