/** Mounts endpoints as routes of Express: checks the permission, then the request, then sends the response. */
import express, { type Request, type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { isDescribed } from "../model/described-checks.ts";
import { describeSchemaProblems } from "../model/schema-problems.ts";
import { assertMay } from "./assert-may.ts";
import { callerOf } from "./authenticate.ts";
import { type CallInput, type Endpoint, isBodyOptional, type Stream } from "./endpoint.ts";
import { EventStream } from "./event-stream.ts";
import { jsonBody } from "./json-body.ts";
import { largeBodies } from "./large-bodies.ts";
import { acceptable, isKnown, readable, refuseOtherMethods } from "./negotiation.ts";
import type { TokenLife, TokenWatch } from "./token-watch.ts";
import { withoutFrames } from "./without-source-lines.ts";

/** Endpoints of the same paths in routers before and after this one. */
interface Neighbours {
  readonly before?: readonly Endpoint[];
  readonly after?: readonly Endpoint[];
}

export function mount(
  endpoints: readonly Endpoint[],
  watch: TokenWatch,
  { before = [], after = [] }: Neighbours = {},
): Router {
  const router = Router({ caseSensitive: true });
  const bounded = largeBodies();
  // A fixed path answers for itself, with its own methods only: no `/:id` gets its requests.
  const byPath = [...Map.groupBy(endpoints, ({ path }) => path)].toSorted(
    ([a], [b]) => parametersIn(a) - parametersIn(b),
  );
  for (const [path, calls] of byPath) {
    const route = router.route(path);
    for (const call of calls)
      route[call.method](...handlersOf(call, bounded), handled(call, watch));
    if (after.some((one) => one.path === path)) continue;
    const all = [...before.filter((one) => one.path === path), ...calls];
    route.all(refuseOtherMethods(methodsOf(all), SEE_DESCRIPTION));
  }
  return router;
}

const SEE_DESCRIPTION = "; GET /api/v1/openapi.json describes every call";

const methodsOf = (calls: readonly Endpoint[]) => calls.map(({ method }) => method);

const parametersIn = (path: string): number => path.split("/:").length - 1;

/** What stands before the handler: the permission, the media types, and the reading of the body. */
function handlersOf(endpoint: Endpoint, bounded: RequestHandler): readonly RequestHandler[] {
  const handlers: RequestHandler[] = [permitted(endpoint), acceptable(endpoint)];
  if (endpoint.body === undefined) return handlers;
  // Accepts any content type that may be JSON: curl sends form data by default.
  const limit = endpoint.maxBodyBytes ?? "100kb";
  if (endpoint.maxBodyBytes !== undefined) handlers.push(bounded);
  return [...handlers, readable, express.raw({ limit, type: () => true })];
}

const permitted =
  ({ permission, method, path }: Endpoint): RequestHandler =>
  (_request, response, next) => {
    if (permission === "public" || permission === "any") return next();
    assertMay(
      callerOf(response),
      permission,
      `${method.toUpperCase()} /api/v1${path} needs; use another token, or have an administrator grant it`,
    );
    next();
  };

const EVENT_STREAM = "text/event-stream";

/** An unknown parameter is refused: ignoring `?dryRun=true` would perform the call. */
const NO_PARAMETERS = z.strictObject({});

const handled =
  (endpoint: Endpoint, watch: TokenWatch): RequestHandler =>
  async (request, response) => {
    // The caller has disconnected, and the `close` event was missed.
    if (response.destroyed) return;
    const life = endpoint.permission === "public" ? undefined : watch.follow(callerOf(response));
    const disconnected = new AbortController();
    response.once("close", () => {
      disconnected.abort();
      life?.[Symbol.dispose]();
    });
    if (life !== undefined) cutOffAtTokenEnd(life, response);
    // The body may have taken minutes to arrive.
    life?.assertGood();
    // Public pages ignore query parameters such as `?v=3`.
    const { query = endpoint.permission === "public" ? undefined : NO_PARAMETERS } = endpoint;
    const input: CallInput<unknown, unknown, unknown> = {
      params: checked(endpoint.params, request.params),
      query: checked(query, request.query),
      body: checked(endpoint.body, bodyOf(request, endpoint)),
      caller: callerOf(response),
      header: (name) => request.get(name),
      request,
      signal: disconnected.signal,
      watchToken: () => watch.follow(callerOf(response)),
      assertToken: () => life?.assertGood(),
    };
    // Each schema above is the one that types its handler.
    const handling = (async () => await endpoint.handle(input as never))();
    const isBounded = life !== undefined && endpoint.handlesTokenEnd !== true;
    const answer = isBounded ? until(life, handling) : handling;
    const sent = await answer.catch((thrown: unknown) => {
      throw withoutFrames(thrown, callerOf(response));
    });
    send(request, response, sent as Sent);
  };

/** Cuts off a response that is being sent when the token ends. Streams send a last event instead. */
function cutOffAtTokenEnd(life: TokenLife, response: Response): void {
  life.ended.addEventListener("abort", () => {
    const isStream = response.getHeader("content-type")?.toString().startsWith(EVENT_STREAM);
    if (response.headersSent && isStream !== true) response.destroy();
  });
}

/** Rejects when the token ends before `handling` settles. */
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

/**
 * Throws an error that lists all mistakes in `value`: `bad_request` if OpenAPI can describe one of them, otherwise
 * `unprocessable`. So a request that the description allows is never a bad one.
 */
function checked(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const code = parsed.error.issues.some(isDescribed) ? "bad_request" : "unprocessable";
  throw new HookyardError(code, describeSchemaProblems(parsed.error, schema));
}

/** Undefined without a body. Throws `bad_request` where one is required, and names the missing fields. */
function bodyOf(request: Request, { body, textAt }: Endpoint): unknown {
  if (body === undefined) return undefined;
  const given = jsonBody(request, textAt);
  if (given !== undefined || isBodyOptional(body)) return given;
  checked(body, {});
  throw new HookyardError("bad_request", "found no body, expected a JSON object");
}

interface Sent {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
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
  response.status(isKnown(request, headers["etag"]?.toString()) ? 304 : status).set(headers);
  if (response.statusCode === 304) response.end();
  // `response.send` would add a charset to the content type.
  else if (bytes !== undefined)
    response.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
  else if (body === undefined) response.end();
  else response.json(body);
}

function sendEvents(request: Request, response: Response, stream: Stream): void {
  response.set({
    "content-type": `${EVENT_STREAM}; charset=utf-8`,
    // Without it a buffering proxy would hold events back.
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
