/**
 * Calls with large bodies. A body of the largest size is in memory as bytes, as text and as values at the same time, and
 * an encoded one says nothing of its size: so few of them are taken in at once.
 */
import type { Request, RequestHandler } from "express";
import { callerOf } from "./authenticate.ts";
import { Places } from "./places.ts";

const SMALL_BYTES = 1024 * 1024;
const AT_ONCE = { what: "calls with large or encoded bodies", most: 8, ofToken: 4 };

/** For all calls of a server. Throws `rate_limited`. */
export function largeBodies(): RequestHandler {
  const places = new Places(AT_ONCE);
  return (request, response, next) => {
    if (!isSmall(request)) {
      const place = places.take(callerOf(response));
      response.once("close", () => place[Symbol.dispose]());
    }
    next();
  };
}

/** By what it says of itself: Node holds it to its length. */
function isSmall(request: Request): boolean {
  const { "content-encoding": encoding, "transfer-encoding": chunked } = request.headers;
  if (chunked !== undefined || (encoding ?? "identity").toLowerCase() !== "identity") return false;
  return Number(request.headers["content-length"] ?? 0) <= SMALL_BYTES;
}
