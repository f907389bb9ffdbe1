/**
 * Limits parallel calls with large bodies. A large body is in memory as bytes, text and values at the same time, and
 * the size of an encoded body is unknown.
 */
import type { Request, RequestHandler } from "express";
import { callerOf } from "./authenticate.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";

const SMALL_BYTES = 1024 * 1024;
const LIMITS = { what: "calls with large or encoded bodies", max: 8, maxOfToken: 4 };

/** One instance for all calls of a server. Throws `rate_limited`. */
export function largeBodies(): RequestHandler {
  const places = new ConcurrencyLimit(LIMITS);
  return (request, response, next) => {
    if (!isSmall(request)) {
      const place = places.take(callerOf(response));
      response.once("close", () => place[Symbol.dispose]());
    }
    next();
  };
}

/** By its headers: Node enforces the content length. */
function isSmall(request: Request): boolean {
  const { "content-encoding": encoding, "transfer-encoding": chunked } = request.headers;
  if (chunked !== undefined || (encoding ?? "identity").toLowerCase() !== "identity") return false;
  return Number(request.headers["content-length"] ?? 0) <= SMALL_BYTES;
}
