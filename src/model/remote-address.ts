/** Who is at the other end. */
import type { IncomingMessage } from "node:http";

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
