/** Endpoints as routes of Express: permission, then the request by its schemas, then the answer. */
import express, { type Request, type RequestHandler, type Response, Router } from "express";
import type { z } from "zod";
import { HookyardError } from "../errors.ts";
import { may } from "../model/permission.ts";
import { callerOf } from "./authenticate.ts";
import type { Asked, Endpoint } from "./endpoint.ts";
import { parse } from "./message-filter.ts";

export function mount(endpoints: readonly Endpoint[]): Router {
  const router = Router({ caseSensitive: true });
  for (const endpoint of endpoints) {
    const handlers: RequestHandler[] = [permitted(endpoint)];
    if (endpoint.body !== undefined) {
      // Whatever type it says: curl sends forms when it is not told otherwise.
      const limit = endpoint.maxBodyBytes ?? "100kb";
      handlers.push(express.json({ limit, type: () => true, strict: false }));
    }
    router[endpoint.method](endpoint.path, ...handlers, answered(endpoint));
  }
  return router;
}

const permitted =
  ({ permission, method, path }: Endpoint): RequestHandler =>
  (_request, response, next) => {
    const caller = callerOf(response);
    if (!may(caller, permission)) {
      const detail = `the token ${JSON.stringify(caller.name)} has no permission ${permission}, which ${method.toUpperCase()} /api/v1${path} asks for; use another token, or have an administrator grant it`;
      throw new HookyardError("forbidden", detail);
    }
    next();
  };

const answered =
  (endpoint: Endpoint): RequestHandler =>
  async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const asked: Asked<unknown, unknown, unknown> = {
      params: checked(endpoint.params, request.params),
      query: checked(endpoint.query, request.query),
      body: checked(endpoint.body, bodyOf(request)),
      caller: callerOf(response),
      header: (name) => request.get(name),
      signal: gone.signal,
    };
    // Each schema above is the one its handler was typed by.
    send(response, (await endpoint.handle(asked as never)) as Sent);
  };

const checked = (schema: z.ZodType | undefined, value: unknown): unknown =>
  schema === undefined ? value : parse(schema, value);

/** No body at all is the empty wish. */
const bodyOf = ({ body }: Request): unknown => body ?? {};

interface Sent {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bytes?: Uint8Array;
}

function send(response: Response, { status, headers = {}, body, bytes }: Sent): void {
  if (bytes === undefined) {
    response.status(status).set(headers);
    if (body === undefined) response.end();
    else response.json(body);
    return;
  }
  // Express would "mend" the type it is given.
  response.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
}
