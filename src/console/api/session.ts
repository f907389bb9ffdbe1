/** The session of the person at the browser. The token itself is in a cookie that scripts cannot read. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { answerOf, api, doneBy } from "./client.ts";
import { problemOf } from "./problem.ts";

export const SESSION_KEY = ["session"] as const;

const current = (signal: AbortSignal) => api.GET("/api/v1/sessions/current", { signal });

export type Session = NonNullable<Awaited<ReturnType<typeof current>>["data"]>;
export type Permission = Session["permissions"][number];

/** Null without a session. */
export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async ({ signal }): Promise<Session | null> => {
    const { data, error, response } = await current(signal);
    if (response.status === 401) return null;
    if (data === undefined) throw problemOf(response.status, error);
    return data;
  },
  staleTime: 60_000,
});

/** Signs in with a token, or with the code of a one-time link. Throws `ApiProblem`. */
export const signIn = (
  credentials: { readonly token: string } | { readonly code: string },
): Promise<Session> => answerOf(api.POST("/api/v1/sessions", { body: credentials }));

export const signOut = (): Promise<void> => doneBy(api.DELETE("/api/v1/sessions/current"));

/** What the session allows. Show an action only if its permission is there. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useQuery(sessionQuery);
  return (permission) =>
    data?.permissions.some((one) => one === permission || one === "admin") === true;
}
