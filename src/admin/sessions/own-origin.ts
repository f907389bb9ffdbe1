/**
 * The origins under which browsers reach this server. A browser adds the cookie of a session by itself, so a change is
 * only accepted from a page of this server.
 */
import type { IncomingMessage } from "node:http";
import { HookyardError } from "../../errors.ts";
import { type PublicAddress, publicUrlOf } from "../../model/public-url.ts";

type Head = Pick<IncomingMessage, "headers">;

/** The address of this server as browsers know it, without a trailing slash. */
export const ownUrl = ({ headers }: Head, address: PublicAddress): string =>
  publicUrlOf({ headers: forwarded(headers) }, address) ?? `http://${headers.host ?? ""}`;

/** The public one, if it is known, first. Never empty for a request with a valid `Host`. */
export function ownOrigins({ headers }: Head, address: PublicAddress): readonly string[] {
  const { host = "" } = headers;
  const direct = originOf(`http://${host}`);
  const shown = originOf(publicUrlOf({ headers: forwarded(headers) }, address) ?? "");
  if (shown === undefined) return direct === undefined ? [] : [direct];
  // Under the name of an https server, a page that came over http may be forged.
  if (direct === undefined || hostOf(direct) === hostOf(shown)) return [shown];
  return [shown, direct];
}

const FORWARDED = ["x-forwarded-proto", "x-forwarded-host", "host"] as const;

const forwarded = (headers: Head["headers"]) =>
  FORWARDED.flatMap((name): [string, string][] =>
    headers[name] === undefined ? [] : [[name, String(headers[name])]],
  );

const originOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).origin : undefined;

const hostOf = (origin: string): string => new URL(origin).host;

/** Throws `forbidden` unless the page that sent the request is of this server. */
export function assertOwnOrigin(request: Head, address: PublicAddress): void {
  const own = ownOrigins(request, address);
  const { origin } = request.headers;
  if (origin !== undefined && own.includes(origin)) return;
  const found =
    origin === undefined ? "no header Origin" : `Origin ${JSON.stringify(origin.slice(0, 200))}`;
  const expected = own.length === 0 ? "this server's own" : own.join(" or ");
  throw new HookyardError(
    "forbidden",
    `found ${found}, expected ${expected}: with a session's cookie, changes are accepted from this server's own pages only. Use a token elsewhere; behind a proxy, set HOOKYARD_PUBLIC_URL`,
  );
}
