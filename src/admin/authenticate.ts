/** Authenticates calls of the API: by their bearer token, or by the cookie of a session. */
import type { Request, RequestHandler, Response } from "express";
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";
import type { PublicAddress } from "../model/public-url.ts";
import { type Credentials, unauthorized } from "./credentials.ts";
import { assertOwnOrigin } from "./sessions/own-origin.ts";
import { ENDED_COOKIES, sessionSecret } from "./sessions/session-cookie.ts";

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
  const caller = bySession(secret, request, response, credentials);
  if (!SAFE.has(request.method)) assertOwnOrigin(request, address);
  return caller;
}

/** The answer to a session that has ended removes its cookie, so that the browser does not send it again. */
function bySession(
  secret: string,
  request: Request,
  response: Response,
  credentials: Credentials,
): Caller {
  try {
    return credentials.bySession(secret, request);
  } catch (error) {
    if (error instanceof HookyardError && error.code === "unauthorized")
      response.set("set-cookie", [...ENDED_COOKIES]);
    throw error;
  }
}

/** Only for a request that went through `authenticate`. */
export const callerOf = (response: Response): Caller => response.locals["caller"];

function bearerToken(request: Request): string | undefined {
  const [scheme, token, ...more] = (request.get("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && more.length === 0 ? token || undefined : undefined;
}
