/** Who is at the other end. */
import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/** Behind a proxy the last entry of X-Forwarded-For is the one our own proxy wrote; those before it are the sender's word. */
export function remoteAddress(
  request: Pick<IncomingMessage, "headers" | "socket">,
  trustProxy: boolean,
): string {
  // Node joins repeats of this header.
  const forwarded = trustProxy
    ? String(request.headers["x-forwarded-for"] ?? "")
        .split(",")
        .at(-1)
        ?.trim()
    : undefined;
  return forwarded || (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d+$/;
const LONGEST_KEY = 64;

/** What counts as one sender: an IPv4 address, or the 64 bits of IPv6 within which anybody can have any address. */
export function senderKey(address: string): string {
  if (!address.includes(":")) return address.slice(0, LONGEST_KEY);
  const plain = address.replace(WITH_PORT, "$1");
  if (!ipaddr.IPv6.isValid(plain)) return plain.slice(0, LONGEST_KEY);
  return ipaddr.IPv6.parse(plain).parts.slice(0, 4).join(":");
}
