/** Who may use the API: whoever has a token. */
import type { RequestHandler } from "express";
import { HookyardError } from "../errors.ts";
import type { TokenTable } from "../store/token-table.ts";

export const authenticate =
  (tokens: TokenTable): RequestHandler =>
  (request, _response, next) => {
    const [scheme, token, ...more] = (request.get("authorization") ?? "").split(" ");
    if (
      scheme?.toLowerCase() !== "bearer" ||
      token === undefined ||
      more.length > 0 ||
      !tokens.isKnown(token)
    ) {
      throw new HookyardError(
        "unauthorized",
        "send the header `Authorization: Bearer <token>` with the token printed at the first start, or the one set as HOOKYARD_ADMIN_TOKEN",
      );
    }
    next();
  };
