/** The URL of this server as senders know it. Some senders sign it. */
import { headerValue, type Message } from "./message.ts";

export interface PublicAddress {
  /** As configured, without a trailing slash. It wins over forwarded headers. */
  readonly publicUrl: string | undefined;
  /** True if a trusted proxy in front writes the forwarded headers. Without one, any sender could write them. */
  readonly trustProxy: boolean;
}

/** Undefined if the URL is neither configured nor forwarded. */
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

/** The last entry, which the proxy next to this server added. Earlier entries are not trusted. */
const lastOf = (list: string | undefined): string | undefined => list?.split(",").at(-1)?.trim();
