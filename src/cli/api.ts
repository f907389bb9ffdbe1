/** A client of the HTTP API: checks responses, and turns every kind of failure into a readable message. */
import type { z } from "zod";
import { parseForShow } from "../model/exact-json.ts";
import { Failure } from "./failure.ts";
import { printable } from "./printable.ts";

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Further statuses that count as a result, unless the response is problem details. */
  readonly also?: readonly number[];
}

export interface Api {
  readonly url: string;
  /** Returns the raw response. Throws a `Failure` unless the status is 2xx. */
  call(path: string, call?: Call): Promise<Response>;
  /** Returns the response as JSON. Throws a `Failure` when it does not match the schema. */
  read<T>(path: string, schema: z.ZodType<T>, call?: Call): Promise<T>;
}

export function createApi({
  url,
  token,
}: {
  readonly url: string;
  readonly token: string | undefined;
}): Api {
  const call = async (path: string, call: Call = {}): Promise<Response> => {
    const response = await send(url, path, token, call);
    if (response.ok || (call.also?.includes(response.status) === true && !isProblem(response)))
      return response;
    throw await failureOf(response, url);
  };
  return {
    url,
    call,
    read: async (path, schema, options) => {
      const response = await call(path, options);
      return parseAnswer(await jsonOf(response), schema, `${url} answered ${path}`);
    },
  };
}

/**
 * Throws a `Failure` when `value` does not match the schema. `answered` starts the message: who answered which call.
 */
export function parseAnswer<T>(value: unknown, schema: z.ZodType<T>, answered: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure(
    `${answered} with unexpected JSON (${issue?.path.join(".")}: ${issue?.message}): check that the server and this command have the same version`,
  );
}

async function send(
  url: string,
  path: string,
  token: string | undefined,
  { method = "GET", query = {}, body, headers, signal }: Call,
): Promise<Response> {
  const target = new URL(`${url}/api/v1${path}`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) target.searchParams.set(name, String(value));
  try {
    return await fetch(target, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      // Never sends the token to another server than the configured one.
      redirect: "error",
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw unreachable(url, cause);
  }
}

export const unreachable = (url: string, cause: unknown): Failure =>
  isTimeout(cause)
    ? new Failure(
        `${url} did not answer in time: ${reasonOf(cause)}. The request may go on there: look at the messages before you repeat it.`,
        { cause },
      )
    : new Failure(
        `cannot reach ${url}: ${reasonOf(cause)}. Start the server there with \`hookyard start\`, or name another with --url or HOOKYARD_URL.`,
        { cause },
      );

/** The server took the request, and `fetch` gave up waiting for the answer. */
const isTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  (/^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(String(Reflect.get(error, "code"))) ||
    isTimeout(error.cause));

/** "fetch failed" is useless; its cause has the reason. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return parseForShow(await response.text());
  } catch (cause) {
    throw new Failure(
      `${response.url} answered ${response.status} without JSON: is that a Hookyard server?`,
      { cause },
    );
  }
}

const isProblem = (response: Response): boolean =>
  response.headers.get("content-type")?.startsWith("application/problem+json") === true;

type Problem = Readonly<Record<string, unknown>>;

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  unauthorized:
    "Set a token with --token-file or HOOKYARD_TOKEN; `hookyard token create` creates one.",
};

async function failureOf(response: Response, url: string): Promise<Failure> {
  const text = await response.text();
  const problem = problemIn(text);
  if (problem === undefined) {
    const type = response.headers.get("content-type") ?? "no content type";
    return new Failure(
      `found status ${response.status} with ${printable(type)} at ${url}, expected problem details of a Hookyard server: is there a proxy in between, or another program at that address?`,
    );
  }
  const remedy = WHAT_TO_DO[String(problem["code"])];
  const { title = "The request failed", detail = "the server gave no reason", error } = problem;
  const parts = [
    `${String(title)} (${response.status}): ${String(detail)}`,
    ...scriptError(error, String(detail)),
    ...(remedy === undefined ? [] : [remedy]),
  ];
  return new Failure(printable(parts.join("\n")), { problem });
}

/** The name, position and source lines of a script error, unless `detail` contains them. */
function scriptError(error: unknown, detail: string): readonly string[] {
  if (typeof error !== "object" || error === null || !("message" in error)) return [];
  const { name, message, line, column, frame }: Problem = { ...error };
  if (detail.includes(String(message))) return [];
  const place = [line, column].filter((part) => part !== undefined).join(":");
  return [
    `${String(name ?? "Error")}: ${String(message)}${place === "" ? "" : ` (line ${place})`}`,
    ...(typeof frame === "string" ? [frame] : []),
  ];
}

function problemIn(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "code" in value
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}
