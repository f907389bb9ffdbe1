/** Who may use the API: whoever has a token. */
import type { RequestHandler, Response } from "express";
import { HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";
import type { TokenTable } from "../store/token-table.ts";

export const authenticate =
  (tokens: TokenTable): RequestHandler =>
  (request, response, next) => {
    const [scheme, token, ...more] = (request.get("authorization") ?? "").split(" ");
    const caller =
      scheme?.toLowerCase() === "bearer" && token !== undefined && more.length === 0
        ? tokens.find(token)
        : undefined;
    if (caller === undefined) {
      throw new HookyardError(
        "unauthorized",
        "send the header `Authorization: Bearer <token>` with the token printed at the first start, or the one set as HOOKYARD_ADMIN_TOKEN",
      );
    }
    response.locals["caller"] = caller;
    next();
  };

/** Of a request that went through `authenticate`. */
export const callerOf = (response: Response): Caller => response.locals["caller"];
