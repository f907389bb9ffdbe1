/** The cache of answers. */
import { QueryClient } from "@tanstack/react-query";
import { whenSignedOut } from "./client.ts";
import { whenBack } from "./connection.ts";
import { ApiProblem } from "./problem.ts";
import { SESSION_KEY } from "./session.ts";

const FRESH_MS = 5000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // An answer of the server does not change by asking again; without one, `whenBack` asks again.
      retry: (count, error) => !(error instanceof ApiProblem) && count < 2,
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

whenBack(() => void queries.invalidateQueries());
whenSignedOut(() => queries.setQueryData(SESSION_KEY, null));
