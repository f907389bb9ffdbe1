/** Who is at the other end of a connection. */

/**
 * Behind a proxy that is trusted, the last entry of X-Forwarded-For is the one that proxy wrote; those before it are the
 * sender's word. Without one it is the address of the socket.
 */
export function remoteAddressOf(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trustProxy: boolean,
): string {
  const forwarded = trustProxy ? forwardedFor?.split(",").at(-1)?.trim() : undefined;
  return forwarded || (socketAddress ?? "").replace(/^::ffff:/, "");
}
