/** The address of a sender: one canonical spelling per address, and one key per sender. */
import type { IncomingMessage } from "node:http";
import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * The sender's address in its canonical spelling; empty if the connection has closed already. Behind a trusted proxy,
 * the last entry of X-Forwarded-For is written by the proxy; earlier entries are the sender's and are not trusted. An
 * entry that is not an address counts as the proxy's own address.
 */
export function remoteAddress(
  request: Pick<IncomingMessage, "headers" | "socket">,
  trustProxy: boolean,
): string {
  const peer = canonicalAddress(request.socket.remoteAddress ?? "") ?? "";
  if (!trustProxy) return peer;
  // Node joins the lines of this header.
  const entries = String(request.headers["x-forwarded-for"] ?? "");
  return canonicalAddress(entries.slice(entries.lastIndexOf(",") + 1)) ?? peer;
}

const MAX_LENGTH = 128;
const MAX_KEY_LENGTH = 64;

/**
 * The canonical spelling of an address: without brackets, port, zone, quotes, `for=` and the IPv6 form of an IPv4
 * address; IPv6 as in RFC 5952. Undefined if the text is not an address: a name, `unknown`, or `010.0.0.1`, which some
 * programs read as octal.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (text.length > MAX_LENGTH) return undefined;
  const address = withoutPort(nodeOf(text));
  if (address === undefined || isIPv4(address)) return address;
  const { parts } = ipaddr.IPv6.parse(address.replace(/%.*$/, ""));
  const [high = 0, low = 0] = parts.slice(6);
  if (!carriesIPv4(parts)) return new ipaddr.IPv6(parts).toString();
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The node identifier in an element of RFC 7239, or the text itself if it is not one. */
function nodeOf(text: string): string {
  const [, parameter] = /(?:^|;)\s*for\s*=\s*("[^"]*"|[^;"]*)/i.exec(text) ?? [];
  const [, quoted] = /^\s*"(.*)"\s*$/.exec(parameter ?? text) ?? [];
  return (quoted?.replace(/\\(.)/g, "$1") ?? parameter ?? text).trim();
}

const PORT = /^(?:\d{1,5}|_[\w.-]+)$/;

/** Undefined if the rest is not an address. An IPv6 address without brackets is read whole if possible. */
function withoutPort(node: string): string | undefined {
  const [, bracketed, rest] = /^\[([^\]]*)\](.*)$/.exec(node) ?? [];
  if (bracketed !== undefined) {
    const hasOnlyPort = rest === "" || (rest?.startsWith(":") && PORT.test(rest.slice(1)));
    return hasOnlyPort === true && isIPv6(bracketed) ? bracketed : undefined;
  }
  if (isIPv4(node) || isIPv6(node)) return node;
  const colon = node.lastIndexOf(":");
  const address = node.slice(0, Math.max(0, colon));
  const isAddress = isIPv4(address) || isIPv6(address);
  return isAddress && PORT.test(node.slice(colon + 1)) ? address : undefined;
}

/**
 * True for IPv4-mapped (`::ffff:a.b.c.d`) and IPv4-compatible (`::a.b.c.d`) addresses in any spelling; not for `::` and
 * `::1`.
 */
function carriesIPv4(parts: readonly number[]): boolean {
  const [fifth, sixth] = parts.slice(5);
  const isLast32 = parts.slice(0, 5).every((part) => part === 0);
  return isLast32 && (fifth === 0xffff || (fifth === 0 && sixth !== 0));
}

/** Networks whose addresses carry IPv4 addresses of unrelated hosts, so a /64 of them is not one sender. */
const TRANSLATED = [ipaddr.IPv6.parseCIDR("::/64"), ipaddr.IPv6.parseCIDR("64:ff9b::/32")] as const;

/** The key of a sender: an IPv4 address, or the /64 of an IPv6 address, within which one host can use any address. */
export function senderKey(address: string): string {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return address.slice(0, MAX_KEY_LENGTH);
  if (!canonical.includes(":")) return canonical;
  const parsed = ipaddr.IPv6.parse(canonical);
  const isTranslated = TRANSLATED.some(([network, bits]) => parsed.match(network, bits));
  return isTranslated ? canonical : parsed.parts.slice(0, 4).join(":");
}
