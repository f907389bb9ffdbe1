/** One request of a call, and the next one after a redirect. The rules are stricter than in the fetch standard. */
import type { Buffer } from "node:buffer";
import { EgressFailure } from "./failure.ts";
import { type EgressRequest, type HeaderPairs, MAX_BODY_BYTES } from "./request.ts";
import { requestHeaders, requestMethod } from "./request-headers.ts";

export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderPairs;
  readonly body: Buffer | undefined;
}

const CREDENTIALS = new Set(["authorization", "cookie"]);
const BODY_HEADERS = new Set([
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
]);

/** Throws when the request cannot be sent as it is written. */
export function firstHop({ url: text, method: given, headers, body }: EgressRequest): Hop {
  const url = URL.parse(text);
  if (url === null)
    throw new EgressFailure(
      "TypeError",
      "the URL cannot be read: expected an absolute one such as https://api.github.com/user",
    );
  const method = requestMethod(given);
  const hasBody = body !== undefined && body.length > 0;
  if (hasBody && (method === "GET" || method === "HEAD"))
    throw new EgressFailure("TypeError", `a ${method} request cannot have a body`);
  if (hasBody && body.length > MAX_BODY_BYTES)
    throw new EgressFailure(
      "TypeError",
      `the body of the request has ${body.length} bytes: expected at most ${MAX_BODY_BYTES}`,
    );
  return { url, method, headers: requestHeaders(headers), body: hasBody ? body : undefined };
}

export const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

/** The request a redirect asks for. Throws when its location cannot be followed. */
export function nextHop(hop: Hop, status: number, location: string): Hop {
  const { origin } = hop.url;
  const url = URL.parse(location, hop.url.href);
  if (url === null)
    throw new EgressFailure("NetworkError", `${origin} redirects to a location that is not a URL`);
  if (hop.url.protocol === "https:" && url.protocol === "http:")
    throw new EgressFailure(
      "EgressDenied",
      `${origin} redirects from https: to http:, which is not followed: call ${url.origin} directly if that is intended`,
    );
  const isSameOrigin = url.origin === origin;
  const headers = hop.headers.filter(([name]) => isSameOrigin || !CREDENTIALS.has(lower(name)));
  return becomesGet(hop.method, status)
    ? {
        url,
        method: "GET",
        headers: headers.filter(([name]) => !BODY_HEADERS.has(lower(name))),
        body: undefined,
      }
    : { ...hop, url, headers };
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

const lower = (name: string) => name.toLowerCase();
