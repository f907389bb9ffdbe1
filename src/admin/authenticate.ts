/** Authenticates calls of the API: by their bearer token, or by the cookie of a session. */
import type { Request, RequestHandler, Response } from "express";
import type { Caller } from "../model/permission.ts";
import type { PublicAddress } from "../model/public-url.ts";
import { type Credentials, unauthorized } from "./credentials.ts";
import { assertOwnOrigin } from "./sessions/own-origin.ts";
import { endedCookie, sessionSecret } from "./sessions/session-cookie.ts";

/** Methods that change nothing. */
const SAFE = new Set(["GET", "HEAD"]);

export const authenticate =
  (credentials: Credentials, address: PublicAddress): RequestHandler =>
  (request, response, next) => {
    response.locals["caller"] = callerBehind(request, response, { credentials, address });
    next();
  };

/** A token counts before a cookie: the browser adds the cookie by itself. */
function callerBehind(
  request: Request,
  response: Response,
  { credentials, address }: { readonly credentials: Credentials; readonly address: PublicAddress },
): Caller {
  const token = bearerToken(request);
  if (token !== undefined) return credentials.byToken(token, request);
  const secret = sessionSecret(request, address);
  if (secret === undefined) throw unauthorized("no bearer token and no session was sent");
  // Removed from the answer if the session is good. So a browser does not send the cookie of an ended session again.
  response.set("set-cookie", endedCookie(request, address));
  const caller = credentials.bySession(secret, request);
  response.removeHeader("set-cookie");
  if (!SAFE.has(request.method)) assertOwnOrigin(request, address);
  return caller;
}

/** Only for a request that went through `authenticate`. */
export const callerOf = (response: Response): Caller => response.locals["caller"];

function bearerToken(request: Request): string | undefined {
  const [scheme, token, ...more] = (request.get("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && more.length === 0 ? token || undefined : undefined;
}
