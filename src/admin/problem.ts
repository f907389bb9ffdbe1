/** The error handler of the HTTP side: answers every error as problem details (RFC 9457). */
import type { ErrorRequestHandler, RequestHandler } from "express";
import { type ErrorCode, HookyardError, toHookyardError } from "../errors.ts";
import { type Logger, warnSparingly } from "../logger.ts";
import type { Metrics } from "../metrics.ts";

/** Characters of the path that are shown. */
const MAX_PATH = 200;

export const noSuchPath =
  (basePaths: readonly string[]): RequestHandler =>
  (request) => {
    throw new HookyardError(
      "not_found",
      `there is nothing at ${request.path.slice(0, MAX_PATH)}; senders post to ${basePaths.join(" or ")}/<uri>, the API is at /api/v1`,
    );
  };

export const problemHandler =
  (log: Logger, metrics: Metrics): ErrorRequestHandler =>
  (thrown, request, response, next) => {
    const error = readable(thrown);
    metrics.requestRefused(error.code);
    if (error.status >= 500) logFault(error, request.method, log);
    if (response.headersSent) return next(error);
    if (error.retryAfterSeconds !== undefined)
      response.set("retry-after", String(error.retryAfterSeconds));
    if (error.allow !== undefined) response.set("allow", error.allow.join(", "));
    if (error.code === "unauthorized") response.set("www-authenticate", 'Bearer realm="hookyard"');
    if (ENDS_CONNECTION.has(error.code)) response.set("connection", "close");
    response
      .status(error.status)
      .type("application/problem+json")
      .send(JSON.stringify(error.toProblem()));
  };

/**
 * Senders can cause any number of these errors, and the exceeded limit is logged already: so they are logged sparingly.
 */
const LOGGED_SPARINGLY: ReadonlySet<ErrorCode> = new Set(["overloaded", "too_many_followers"]);

function logFault(error: HookyardError, method: string, log: Logger): void {
  const { code, message } = error;
  if (LOGGED_SPARINGLY.has(code))
    warnSparingly(log, `answered ${code}`, { code, method }, `requests get 503: ${message}`);
  else log.error({ err: error.cause ?? error, method }, message);
}

/** Closes the connection, because the rest of the body may still come, or never. */
const ENDS_CONNECTION: ReadonlySet<ErrorCode> = new Set(["body_too_large", "upload_too_slow"]);

/** Express and its parsers throw errors with a `status` field. */
function readable(thrown: unknown): HookyardError {
  if (thrown instanceof HookyardError || !(thrown instanceof Error) || !("status" in thrown))
    return toHookyardError(thrown);
  if (thrown.status === 413)
    return new HookyardError("body_too_large", "the request body is larger than this call takes", {
      cause: thrown,
    });
  if (thrown.status === 415)
    return new HookyardError(
      "unsupported_media_type",
      `${thrown.message}; expected JSON in UTF-8, as it is or encoded with gzip, deflate or br`,
      { cause: thrown },
    );
  const { status } = thrown;
  if (typeof status !== "number" || status < 400 || status > 499) return toHookyardError(thrown);
  // The error of JSON.parse quotes the text, which may hold a secret.
  const why =
    "type" in thrown && thrown.type === "entity.parse.failed"
      ? "its body is no JSON"
      : thrown.message;
  return new HookyardError("bad_request", `the request cannot be read: ${why}`, {
    cause: thrown,
  });
}
