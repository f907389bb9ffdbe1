/** A message with its trace and executions. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client.ts";

/** A pending message changes soon. */
const PENDING_EVERY_MS = 1000;

const read = (id: string, signal: AbortSignal) =>
  answerOf(api.GET("/api/v1/messages/{id}", { params: { path: { id } }, signal }));

export type Details = Awaited<ReturnType<typeof read>>;
export type Execution = Details["executions"][number];

export const messageQuery = (id: string) =>
  queryOptions({
    queryKey: ["message", id],
    queryFn: ({ signal }) => read(id, signal),
    refetchInterval: ({ state }) => (state.data?.status === "PENDING" ? PENDING_EVERY_MS : false),
  });
