/** `ctx.http.fetch`, a subset of `fetch`. Main makes the request and enforces the rules. */
import type { Http, HttpRequestInit, HttpResponse } from "../hookyard.d.ts";
import { bytesIn } from "./byte-view.ts";
import { bytesToBase64, escapedTextToBytes } from "./bytes.ts";
import { parseJson } from "./exact-numbers.ts";
import { formatLine } from "./format.ts";
import { openCall } from "./host-call.ts";
import { readOptions } from "./options.ts";
import { asStandard } from "./standard.ts";
import { Headers } from "./web/headers.ts";
import { TextDecoder } from "./web/text-encoding.ts";
import { URLSearchParams } from "./web/url-search-params.ts";

const MAX_HEADERS = 200;
const DEFAULT_TIMEOUT_MS = 10_000;
const OPTIONS = ["method", "headers", "body", "redirect", "timeoutMs", "signal"];
/** These are case-insensitive, as in the standard; other methods are sent as they are. */
const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
const REDIRECTS = ["follow", "manual", "error"];

/** A response without its body, as main sends it. */
interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: readonly (readonly [string, string])[];
}

interface Body {
  readonly body?: string;
  readonly bodyEncoding: "text" | "base64";
  /** The default content type for this kind of body. */
  readonly contentType?: string;
}

function readBody(body: unknown): Body {
  if (body === undefined || body === null) return { bodyEncoding: "text" };
  if (typeof body === "string")
    return { body, bodyEncoding: "text", contentType: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    const contentType = "application/x-www-form-urlencoded;charset=UTF-8";
    return { body: String(body), bodyEncoding: "text", contentType };
  }
  const bytes = bytesIn(body);
  if (bytes !== undefined) return { body: bytesToBase64(bytes), bodyEncoding: "base64" };
  throw new TypeError(
    `ctx.http.fetch: the body is of type ${typeof body}; text, bytes or URLSearchParams were expected (for JSON give JSON.stringify(…))`,
  );
}

function readTimeout(timeoutMs: unknown): number {
  if (timeoutMs === undefined) return DEFAULT_TIMEOUT_MS;
  if (typeof timeoutMs === "number" && timeoutMs >= 1 && timeoutMs <= 300_000) return timeoutMs;
  throw new TypeError(
    `ctx.http.fetch: timeoutMs is ${formatLine([timeoutMs])}, a number from 1 to 300000 was expected`,
  );
}

function readRedirect(redirect: unknown): string {
  if (redirect === undefined) return "follow";
  if (typeof redirect === "string" && REDIRECTS.includes(redirect)) return redirect;
  throw new TypeError(
    `ctx.http.fetch: redirect is ${formatLine([redirect])}, one of ${REDIRECTS.join(", ")} was expected`,
  );
}

function readMethod(method: unknown): string {
  const upper = String(method).toUpperCase();
  return METHODS.includes(upper) ? upper : String(method);
}

function readRequest(url: unknown, init: HttpRequestInit): object {
  const { contentType, ...body } = readBody(init.body);
  const headers = new Headers(init.headers);
  const count = [...headers.keys()].length;
  if (count > MAX_HEADERS)
    throw new TypeError(
      `ctx.http.fetch: found ${count} headers, at most ${MAX_HEADERS} were expected`,
    );
  if (contentType !== undefined && !headers.has("content-type"))
    headers.set("content-type", contentType);
  return {
    url: String(url),
    method: readMethod(init.method ?? "GET"),
    headers: [...headers.entries()],
    ...body,
    redirect: readRedirect(init.redirect),
    timeoutMs: readTimeout(init.timeoutMs),
  };
}

async function fetch(run: number, url: unknown, given: unknown): Promise<HttpResponse> {
  const init: HttpRequestInit = readOptions("ctx.http.fetch", given, OPTIONS);
  const { signal } = init;
  signal?.throwIfAborted();
  const call = openCall(run, "fetch", readRequest(url, init));
  const abort = () => call.cancel(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    const { value, body } = await call.result;
    return makeResponse(value as ResponseHead, body);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** `escaped`: the text may contain escapes for bytes that are not UTF-8, see `text-codec.ts`. */
function makeResponse(head: ResponseHead, escaped: string): HttpResponse {
  const headers = asStandard<HttpResponse["headers"]>(new Headers(head.headers));
  const bytes = () => escapedTextToBytes(escaped);
  const text = () => (escaped.isWellFormed() ? escaped : new TextDecoder().decode(bytes()));
  return Object.freeze({
    ...head,
    headers,
    ok: head.status >= 200 && head.status < 300,
    text: async () => text(),
    json: async () => parseJson(text()),
    bytes: async () => bytes(),
    arrayBuffer: async () => bytes().buffer,
  });
}

/** `run`: the number of the run that the object belongs to. */
export const makeHttp = (run: number): Http =>
  Object.freeze({
    fetch: (url: unknown, given: unknown = {}) => fetch(run, url, given),
  } satisfies Record<keyof Http, unknown>);
