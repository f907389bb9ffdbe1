/** The client of the API. Its types are generated from the server's own description. */
import createClient from "openapi-fetch";
import { connectionLost } from "./connection.ts";
import type { paths } from "./description.ts";
import { ApiProblem, noAnswer, problemOf } from "./problem.ts";

/** Use it with `answerOf`: `await answerOf(api.GET("/api/v1/messages", { … }))`. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: watchedFetch });

const onSignedOut = new Set<() => void>();

/** Calls `call` when an answer says that there is no session any more. */
export const whenSignedOut = (call: () => void): void => void onSignedOut.add(call);

/** Throws `ApiProblem` if there is no answer. */
async function watchedFetch(request: Request): Promise<Response> {
  const response = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    connectionLost();
    throw noAnswer(error);
  });
  if (response.status === 401) for (const call of onSignedOut) call();
  return response;
}

/** The body of a successful answer. Throws `ApiProblem`. */
export async function answerOf<T>(
  call: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  throw problemOf(response.status, error);
}

/** The same for answers without a body. */
export async function doneBy(
  call: Promise<{ readonly error?: unknown; readonly response: Response }>,
): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) throw problemOf(response.status, error);
}

export const asProblem = (error: unknown): ApiProblem =>
  error instanceof ApiProblem
    ? error
    : new ApiProblem({
        status: 0,
        code: "unknown",
        title: "Error in the console",
        detail: `${error instanceof Error ? error.message : String(error)}. Reload the page. If it happens again, report it with this text.`,
      });
