/** The address of this server as a sender was given it, which some senders sign. */
import { headerValue, type Message } from "./message.ts";

export interface PublicAddress {
  /** As configured, without a slash at its end; wins over what a proxy says. */
  readonly publicUrl: string | undefined;
  /** A proxy of our own stands in front and writes the forwarded headers. Without one anybody could write them. */
  readonly trustProxy: boolean;
}

/** Undefined when nobody can say. */
export function publicUrlOf(
  { headers }: Pick<Message, "headers">,
  { publicUrl, trustProxy }: PublicAddress,
): string | undefined {
  if (publicUrl !== undefined || !trustProxy) return publicUrl;
  const scheme = lastOf(headerValue(headers, "x-forwarded-proto"))?.toLowerCase();
  const host = lastOf(headerValue(headers, "x-forwarded-host") ?? headerValue(headers, "host"));
  if ((scheme !== "http" && scheme !== "https") || host === undefined) return undefined;
  return HOST.test(host) ? `${scheme}://${host}` : undefined;
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** What the proxy next to this server added; those before it are somebody else's word. */
const lastOf = (list: string | undefined): string | undefined => list?.split(",").at(-1)?.trim();
