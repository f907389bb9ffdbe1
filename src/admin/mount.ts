/** Endpoints as routes of Express: permission, then the request by its schemas, then the answer. */
import express, { type Request, type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { assertMay } from "./assert-may.ts";
import { callerOf } from "./authenticate.ts";
import type { Asked, Endpoint, Stream } from "./endpoint.ts";
import { EventStream } from "./event-stream.ts";
import { jsonBody } from "./json-body.ts";
import { largeBodies } from "./large-bodies.ts";
import { acceptable, isKnown, readable } from "./negotiation.ts";
import type { TokenLife, TokenWatch } from "./token-watch.ts";
import { withoutFrames } from "./without-frames.ts";

export function mount(endpoints: readonly Endpoint[], watch: TokenWatch): Router {
  const router = Router({ caseSensitive: true });
  const bounded = largeBodies();
  for (const endpoint of endpoints) {
    const handlers: RequestHandler[] = [permitted(endpoint), acceptable(endpoint)];
    if (endpoint.body !== undefined) {
      // Whatever type it says that may be JSON: curl sends forms when it is not told otherwise.
      const limit = endpoint.maxBodyBytes ?? "100kb";
      if (endpoint.maxBodyBytes !== undefined) handlers.push(bounded);
      handlers.push(readable, express.raw({ limit, type: () => true }));
    }
    router[endpoint.method](endpoint.path, ...handlers, answered(endpoint, watch));
  }
  return router;
}

const permitted =
  ({ permission, method, path }: Endpoint): RequestHandler =>
  (_request, response, next) => {
    if (permission === "public") return next();
    assertMay(
      callerOf(response),
      permission,
      `${method.toUpperCase()} /api/v1${path} asks for; use another token, or have an administrator grant it`,
    );
    next();
  };

const EVENT_STREAM = "text/event-stream";

/** A parameter that is not known is not passed over: `?dryRun=true` would be, where it is none. */
const NO_PARAMETERS = z.strictObject({});

const answered =
  (endpoint: Endpoint, watch: TokenWatch): RequestHandler =>
  async (request, response) => {
    // Nobody reads the answer, and its end would not be told any more.
    if (response.destroyed) return;
    const life = endpoint.permission === "public" ? undefined : watch.follow(callerOf(response));
    const gone = new AbortController();
    response.once("close", () => {
      gone.abort();
      life?.[Symbol.dispose]();
    });
    if (life !== undefined) cutOffWith(life, response);
    // The body may have taken minutes to come.
    life?.assertGood();
    // Pages and their parts may be asked for with anything: `?v=3`.
    const { query = endpoint.permission === "public" ? undefined : NO_PARAMETERS } = endpoint;
    const asked: Asked<unknown, unknown, unknown> = {
      params: checked(endpoint.params, request.params),
      query: checked(query, request.query),
      // No body at all is the empty wish.
      body: checked(endpoint.body, jsonBody(request) ?? {}),
      caller: callerOf(response),
      header: (name) => request.get(name),
      signal: gone.signal,
      watchToken: () => watch.follow(callerOf(response)),
      assertToken: () => life?.assertGood(),
    };
    // Each schema above is the one its handler was typed by.
    const handling = (async () => await endpoint.handle(asked as never))();
    const isBounded = life !== undefined && endpoint.mindsToken !== true;
    const answer = isBounded ? until(life, handling) : handling;
    const sent = await answer.catch((thrown: unknown) => {
      throw withoutFrames(thrown, callerOf(response));
    });
    send(request, response, sent as Sent);
  };

/** An answer that a slow reader takes its time over. Streams have a last event to send. */
function cutOffWith(life: TokenLife, response: Response): void {
  life.ended.addEventListener("abort", () => {
    const isStream = response.getHeader("content-type")?.toString().startsWith(EVENT_STREAM);
    if (response.headersSent && isStream !== true) response.destroy();
  });
}

/** Rejects when the token ends before `handling` does. */
async function until<T>({ ended }: TokenLife, handling: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(ended.reason);
  ended.addEventListener("abort", end);
  try {
    return await Promise.race([handling, promise]);
  } finally {
    ended.removeEventListener("abort", end);
  }
}

/** Throws `bad_request`, which lists everything that is wrong with `value`. */
function checked(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HookyardError("bad_request", z.prettifyError(parsed.error));
}

interface Sent {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bytes?: Uint8Array;
  readonly stream?: Stream;
}

function send(request: Request, response: Response, sent: Sent): void {
  const { status, headers = {}, body, bytes, stream } = sent;
  if (stream !== undefined) {
    sendEvents(request, response, stream);
    return;
  }
  response.status(isKnown(request, headers["etag"]) ? 304 : status).set(headers);
  if (response.statusCode === 304) response.end();
  // Express would "mend" the type it is given.
  else if (bytes !== undefined)
    response.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
  else if (body === undefined) response.end();
  else response.json(body);
}

function sendEvents(request: Request, response: Response, stream: Stream): void {
  response.set({
    "content-type": `${EVENT_STREAM}; charset=utf-8`,
    // Proxies that collect answers would hold them back.
    "x-accel-buffering": "no",
    connection: "close",
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  response.flushHeaders();
  const following = stream(new EventStream(response));
  response.once("close", () => following[Symbol.dispose]());
}
