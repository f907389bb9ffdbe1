/** The HTTP API as a client sees it: answers checked, and every way in which a call can fail told in words. */
import type { z } from "zod";
import { Failure } from "./failure.ts";
import { printable } from "./printable.ts";

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Statuses that are a result here, unless they come with problem details. */
  readonly also?: readonly number[];
}

export interface Api {
  readonly url: string;
  /** The answer, whatever its type. Throws a `Failure` unless the status is 2xx. */
  call(path: string, call?: Call): Promise<Response>;
  /** The answer as JSON. Throws a `Failure` when it is not as expected. */
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
    const response = await reach(url, path, token, call);
    if (response.ok || (call.also?.includes(response.status) === true && !isProblem(response)))
      return response;
    throw await failureOf(response, url);
  };
  return {
    url,
    call,
    read: async (path, schema, options) => {
      const response = await call(path, options);
      return asExpected(await jsonOf(response), schema, `${url} answered ${path}`);
    },
  };
}

/** Throws a `Failure` when `value` is not. `answered` says who answered what. */
export function asExpected<T>(value: unknown, schema: z.ZodType<T>, answered: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure(
    `${answered} with something else than expected (${issue?.path.join(".")}: ${issue?.message}); are the server and this command of the same version?`,
  );
}

async function reach(
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
      // A token goes to the server that was named and to no other.
      redirect: "error",
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw unreachable(url, cause);
  }
}

export const unreachable = (url: string, cause: unknown): Failure =>
  new Failure(
    `cannot reach ${url}: ${reasonOf(cause)}. Start the server there with \`hookyard start\`, or name another with --url or HOOKYARD_URL.`,
    { cause },
  );

/** `fetch failed` says nothing; its cause does. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
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
    "Give a token with --token-file or HOOKYARD_TOKEN; `hookyard token create` makes one.",
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
  const { title = "The request failed", detail = "the server says no more", error } = problem;
  const parts = [
    `${String(title)} (${response.status}): ${String(detail)}`,
    ...scriptError(error, String(detail)),
    ...(remedy === undefined ? [] : [remedy]),
  ];
  return new Failure(printable(parts.join("\n")), { problem });
}

/** A script that does not compile comes with its position and the lines around it, if they are not told already. */
function scriptError(error: unknown, told: string): readonly string[] {
  if (typeof error !== "object" || error === null || !("message" in error)) return [];
  const { name, message, line, column, frame }: Problem = { ...error };
  if (told.includes(String(message))) return [];
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
