/** The cookie of a session. Scripts in pages cannot read it, and browsers send it with requests of this server's pages only. */
import type { IncomingMessage } from "node:http";
import type { PublicAddress } from "../../model/public-url.ts";
import { SESSION_COOKIE } from "../../model/session.ts";
import { ownOrigins } from "./own-origin.ts";

/** Browsers take a cookie of this name from the server itself over TLS only, not from a neighbour in its domain. */
const SECURE_COOKIE = `__Host-${SESSION_COOKIE}`;

type Head = Pick<IncomingMessage, "headers">;

/** The secret in the request's cookie. */
export function sessionSecret(request: Head, address: PublicAddress): string | undefined {
  const cookies = cookiesOf(request);
  const secure = cookies.get(SECURE_COOKIE);
  if (secure !== undefined) return secure;
  const [shown, direct] = ownOrigins(request, address);
  const isOnlyOverTls = shown?.startsWith("https:") === true && direct === undefined;
  return isOnlyOverTls ? undefined : cookies.get(SESSION_COOKIE);
}

/** `Set-Cookie` for a new session. */
export function sessionCookie(
  request: Head,
  address: PublicAddress,
  { secret, maxAgeMs }: { readonly secret: string; readonly maxAgeMs: number },
): string {
  const isSecure = isOverTls(request, address);
  return [
    `${isSecure ? SECURE_COOKIE : SESSION_COOKIE}=${secret}`,
    "Path=/",
    "HttpOnly",
    "SameSite=Strict",
    `Max-Age=${Math.ceil(maxAgeMs / 1000)}`,
    ...(isSecure ? ["Secure"] : []),
  ].join("; ");
}

/** `Set-Cookie` that removes the session under both names: a browser ignores the one that it cannot have. */
export const ENDED_COOKIES: readonly string[] = [
  `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`,
  `${SECURE_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure`,
];

/** Whether the browser reaches this server over TLS: by the page that it shows, otherwise by the public URL. */
export function isOverTls(request: Head, address: PublicAddress): boolean {
  const own = ownOrigins(request, address);
  const { origin } = request.headers;
  const shown = origin !== undefined && own.includes(origin) ? origin : own[0];
  return shown?.startsWith("https:") === true;
}

/** By name; of several cookies with one name, the first counts. */
export function cookiesOf({ headers }: Head): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (headers.cookie ?? "").split(";")) {
    const [name = "", ...value] = pair.split("=");
    if (!cookies.has(name.trim())) cookies.set(name.trim(), value.join("=").trim());
  }
  return cookies;
}
