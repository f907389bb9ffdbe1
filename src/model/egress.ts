/** The HTTP grants of a function in `function.json`: the origins it may call. Without an entry, it may call none. */
import { isIP, isIPv4, isIPv6 } from "node:net";

/** One parsed entry of `http.allow`. */
export interface AllowedOrigin {
  readonly scheme: "https" | "http";
  /** In the spelling of `URL`: lower case, punycode, IPv6 in brackets. For a wildcard, the part after `*.`. */
  readonly host: string;
  /** True for every name below `host` at any depth, but not `host` itself. */
  readonly wildcard: boolean;
  readonly port: number;
}

export interface HttpGrant {
  readonly allow: readonly AllowedOrigin[];
  /** Blocks such as `10.1.0.0/16`: the only private addresses that the function may call. */
  readonly privateNetworks: readonly string[];
}

/** The parsed value of a text, or why it is invalid. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const MAX_ENTRY_LENGTH = 300;
const DEFAULT_PORTS = { https: 443, http: 80 } as const;
const EXPECTED =
  'expected a host ("api.github.com"), "*.example.org", "host:8443" or an origin ("http://ci.internal:8080")';

/** Invalid parts of an entry after its scheme, in the order in which they are checked. */
const REFUSED = [
  [/^$/, "names no host"],
  [/[\s\p{Cc}]/u, "has white space in it: leave it out"],
  [/@/, "has a user name or password: leave it out and send an authorization header"],
  [/[/\\]/, "has a path: leave out the slash and what follows it, as whole origins are allowed"],
  [/[?#]/, "has a query or fragment: leave it out, as whole origins are allowed"],
  [/%/, "has a percent escape: write the character itself"],
] as const;

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/** Parses one entry of `http.allow`. The scheme defaults to HTTPS, and the port to the scheme's. */
export function parseAllowedOrigin(entry: string): Parsed<AllowedOrigin> {
  const refuse = (problem: string) => ({
    problem: `${JSON.stringify(withoutSecret(entry))} ${problem}; ${EXPECTED}`,
  });
  if (entry.length > MAX_ENTRY_LENGTH) return refuse(`is longer than ${MAX_ENTRY_LENGTH}`);
  const { scheme, rest } = splitScheme(entry);
  if (scheme !== "https" && scheme !== "http")
    return refuse(`has the scheme "${scheme}": only https and http can be used`);
  const found = REFUSED.find(([pattern]) => pattern.test(rest));
  if (found !== undefined) return refuse(found[1]);
  if (isIPv6(rest)) return refuse(`is an IPv6 address without brackets: write "[${rest}]"`);
  const { wildcard, name, port } = splitPort(rest, DEFAULT_PORTS[scheme]);
  if (port === undefined) return refuse("has no usable port, which is a number from 1 to 65535");
  const host = parseHost(name, wildcard);
  return "problem" in host
    ? refuse(host.problem)
    : { value: { scheme, host: host.value, wildcard, port } };
}

/** The entry as shown in errors: cut, and without user name and password. */
const withoutSecret = (entry: string) =>
  entry.slice(0, MAX_ENTRY_LENGTH).replace(/^([a-z]+:\/\/)?.*@/i, "$1…@");

function splitScheme(entry: string): { readonly scheme: string; readonly rest: string } {
  const end = entry.indexOf("://");
  if (end === -1) return { scheme: "https", rest: entry };
  return { scheme: entry.slice(0, end).toLowerCase(), rest: entry.slice(end + 3) };
}

function splitPort(rest: string, defaultPort: number) {
  const wildcard = rest.startsWith("*.");
  const authority = wildcard ? rest.slice(2) : rest;
  // Colons inside the brackets belong to the IPv6 address.
  const colon = authority.indexOf(":", authority.lastIndexOf("]") + 1);
  if (colon === -1) return { wildcard, name: authority, port: defaultPort };
  const digits = authority.slice(colon + 1);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  const isPort = port >= 1 && port <= 65_535;
  return { wildcard, name: authority.slice(0, colon), port: isPort ? port : undefined };
}

function parseHost(name: string, wildcard: boolean): Parsed<string> {
  if (name.includes("*"))
    return {
      problem: 'has a "*" that cannot stand there: only the first label of a name may be "*"',
    };
  const url = URL.parse(`https://${name}`);
  if (url === null || url.hostname === "") return { problem: "has no valid host name" };
  const host = url.hostname;
  if (isIP(host.replace(/^\[|\]$/g, "")) !== 0) return parseAddress(name, host, wildcard);
  if (host.endsWith(".")) return { problem: "ends with a dot: leave it out" };
  const valid = host.length <= 253 && host.split(".").every((label) => LABEL.test(label));
  return valid ? { value: host } : { problem: "has no valid host name" };
}

function parseAddress(name: string, host: string, wildcard: boolean): Parsed<string> {
  if (wildcard) return { problem: "is a wildcard of an IP address: list the addresses instead" };
  // 127.1, 0x7f000001 and 2130706433 are the same address: the file must show a reader which one it is.
  if (isIPv4(host) && name !== host)
    return { problem: `is another spelling of ${host}: write that` };
  return { value: host };
}
