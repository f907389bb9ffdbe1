/** Content negotiation and methods, for every call. Each refusal says what would be accepted. */
import type { Request, RequestHandler } from "express";
import { HookyardError, methodNotAllowed } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";

/**
 * `406` when the caller accepts none of the call's media types. Types chosen by senders are not known here, so they
 * pass.
 */
export function acceptable({ answers }: Endpoint): RequestHandler {
  const types = [...new Set(Object.values(answers).flatMap(mediaTypeOf))];
  return (request, _response, next) => {
    if (types.length > 0 && request.accepts(types) === false) {
      const detail = `the request accepts ${JSON.stringify(request.get("accept")?.slice(0, 200))} only, the answer is ${types.join(" or ")}: accept that, or send no Accept header`;
      throw new HookyardError("not_acceptable", detail);
    }
    next();
  };
}

function mediaTypeOf({ schema, mediaType }: Endpoint["answers"][number]): readonly string[] {
  if (schema === undefined) return [];
  if (schema === "bytes") return mediaType === undefined ? [] : [mediaType];
  return [schema === "events" ? "text/event-stream" : "application/json"];
}

/** JSON, and the default types of clients that set none. */
const MAY_BE_JSON =
  /^(?:application\/(?:[\w.-]+\+)?json|application\/x-www-form-urlencoded|text\/plain)$/;

/** `415` for a body whose type is not JSON. */
export const readable: RequestHandler = (request, response, next) => {
  const type = request.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && !MAY_BE_JSON.test(type)) {
    response.set("accept", "application/json");
    const detail = `the body is ${JSON.stringify(type.slice(0, 100))}, JSON was expected: send it with Content-Type: application/json`;
    throw new HookyardError("unsupported_media_type", detail);
  }
  next();
};

/** Whether the caller has this version already: `If-None-Match`, weak comparison. */
export function isKnown(request: Request, etag: string | undefined): boolean {
  if (etag === undefined || (request.method !== "GET" && request.method !== "HEAD")) return false;
  const known = request.get("if-none-match")?.split(",") ?? [];
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return known.some((tag) => tag.trim() === "*" || bare(tag) === bare(etag));
}

/** `405` with the methods of a path; the last handler of its route. */
export const refuseOtherMethods =
  (methods: readonly string[], hint = ""): RequestHandler =>
  (request) => {
    const allowed = methods.map((method) => method.toUpperCase());
    // The whole path, also inside of a mounted router.
    const path = `${request.baseUrl}${request.path}`;
    const allow = allowed.includes("GET") ? [...allowed, "HEAD"] : allowed;
    throw methodNotAllowed({ method: request.method, path }, allow, hint);
  };
