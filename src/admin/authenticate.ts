/** Authenticates calls of the API by their bearer token. */
import type { Request, RequestHandler, Response } from "express";
import { HookyardError } from "../errors.ts";
import { type Logger, warnSparingly } from "../logger.ts";
import type { Caller } from "../model/permission.ts";
import { remoteAddress } from "../model/remote-address.ts";
import type { TokenStore } from "../store/access/token-store.ts";
import type { StoredToken } from "../store/access/token-table.ts";
import { WrongTokens } from "./wrong-tokens.ts";

export interface AuthenticateDeps {
  readonly store: { readonly tokens: TokenStore };
  readonly trustProxy: boolean;
  readonly log: Logger;
  readonly now: () => number;
}

export function authenticate(deps: AuthenticateDeps): RequestHandler {
  const wrongTokens = new WrongTokens();
  const { tokens } = deps.store;
  return (request, response, next) => {
    const given = bearerToken(request);
    if (given === undefined) throw unauthorized("no bearer token was sent");
    const token = tokens.find(given);
    if (token === undefined) {
      const address = remoteAddress(request, deps.trustProxy);
      const tooMany = wrongTokens.add(address);
      if (tooMany === undefined)
        throw unauthorized("this server does not know the token that was sent");
      warnSparingly(
        deps.log,
        "wrong tokens",
        { remoteAddress: address },
        "too many wrong tokens from this address: they are answered with 429",
      );
      throw tooMany;
    }
    const caller = tokenCaller(token, deps.now());
    if (caller === undefined) {
      const expiredAt = new Date(token.expiresAt ?? 0).toISOString();
      throw unauthorized(`the token expired at ${expiredAt}`);
    }
    response.locals["caller"] = caller;
    tokens
      .noteUse(token, deps.now())
      .catch((err) => deps.log.warn({ err }, "the last use of a token could not be stored"));
    next();
  };
}

/** Only for a request that went through `authenticate`. */
export const callerOf = (response: Response): Caller => response.locals["caller"];

function bearerToken(request: Request): string | undefined {
  const [scheme, token, ...more] = (request.get("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && more.length === 0 ? token || undefined : undefined;
}

/** The caller with this token; undefined when the token does not exist or has expired by `now`. */
export function tokenCaller(token: StoredToken | undefined, now: number): Caller | undefined {
  if (token === undefined || (token.expiresAt !== null && token.expiresAt <= now)) return undefined;
  const { hash, name, permissions } = token;
  return { id: hash.toString("hex"), name, permissions: new Set(permissions) };
}

const unauthorized = (found: string): HookyardError =>
  new HookyardError(
    "unauthorized",
    `${found}; send the header \`Authorization: Bearer <token>\` with the token printed at the first start, the one set as HOOKYARD_ADMIN_TOKEN, or one created with POST /api/v1/tokens`,
  );
