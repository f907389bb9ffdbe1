/** Paths outside `/api/v1`: the URLs of senders, health checks and metrics. */
import { z } from "zod";
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from "zod-openapi";
import { summarySchema } from "../resubmission.ts";
import { PROBLEM, refusal } from "./refusals.ts";

const INGRESS = `Any method, any type, any bytes. \`uri\` is the rest of the path and may hold slashes; the query string is passed on.

Answered \`202\` once the message is on disk. With \`flex-sync-webhook: true\`, or if the provider or a function is synchronous, the response waits for the functions. A function's own response, or the response to a handshake, may have any status, type and body.`;

const json = (description: string, schema: z.ZodType): ZodOpenApiResponseObject => ({
  description,
  content: { "application/json": { schema } },
});

const problem = (description: string): ZodOpenApiResponseObject => ({
  description,
  content: PROBLEM,
});

function ingress(basePath: string, method: "get" | "post") {
  const accepted = z.object({ messageId: z.uuid() });
  const place = basePath.split(/[^A-Za-z0-9]+/).join("_");
  return {
    operationId: `${method === "post" ? "send" : "ask"}${place}`,
    tags: ["senders"],
    summary: method === "post" ? "A webhook" : "A webhook by GET, as some handshakes use",
    description: INGRESS,
    security: [],
    requestParams: {
      path: z.object({ uri: z.string().describe("The rest of the path.") }),
      header: z.object({
        "flex-sync-webhook": z
          .string()
          .optional()
          .describe("`true`: the response waits for the functions."),
      }),
    },
    ...(method === "post" ? { requestBody: { content: { "*/*": {} } } } : {}),
    responses: {
      200: json("Synchronous: every function ended without error", summarySchema),
      202: json("Stored", accepted),
      400: problem("The path cannot be decoded, or the body ended too early"),
      401: json(
        "The provider's verification failed, and the message is stored as REJECTED; with `WWW-Authenticate` if basic authentication was expected",
        z.unknown(),
      ),
      404: json(
        "No provider or function matched: synchronous, or with HOOKYARD_UNMATCHED_STATUS=404",
        summarySchema,
      ),
      408: problem("The body came too slowly; nothing was stored"),
      413: problem("The body is too large, as it came or decoded; nothing was stored"),
      417: refusal("expectation_failed"),
      429: problem("Too many requests; Retry-After says when to try again"),
      431: refusal("too_many_headers"),
      500: json("Synchronous: a function failed", summarySchema),
      503: problem("Nothing was stored; Retry-After says when to try again"),
      default: { description: "The response of a function or a handshake" },
    },
  } as const;
}

const PROBES = {
  up: "Answered as long as the process runs.",
  ready: "Answered `200` if it could write to the database within the last two seconds.",
} as const;

const probe = (operationId: string, summary: string, word: "up" | "ready") => ({
  get: {
    operationId,
    tags: ["health"],
    summary,
    description: PROBES[word],
    security: [],
    responses: {
      200: json("Yes", z.object({ status: z.literal(word) })),
      417: refusal("expectation_failed"),
      431: refusal("too_many_headers"),
      503: problem("No; Retry-After says when to ask again"),
    },
  },
});

/** The path items for each base path of senders, and the fixed ones. */
export function outsidePaths(basePaths: readonly string[]): ZodOpenApiPathsObject {
  const senders = basePaths.map((path) => [
    `${path}/{uri}`,
    { post: ingress(path, "post"), get: ingress(path, "get") },
  ]);
  return {
    ...Object.fromEntries(senders),
    "/healthz": probe("getHealthz", "Is the process up?", "up"),
    "/readyz": probe("getReadyz", "Can it accept and run?", "ready"),
    "/metrics": {
      get: {
        operationId: "getMetrics",
        tags: ["health"],
        summary: "Figures for Prometheus",
        description: "Needs the token set as `HOOKYARD_METRICS_TOKEN`, when one is set.",
        security: [{}, { metricsToken: [] }],
        responses: {
          200: {
            description: "Prometheus' text format",
            content: { "text/plain": { schema: { type: "string" } } },
          },
          401: problem("Not the token that is set"),
          417: refusal("expectation_failed"),
          429: problem("Too many wrong tokens came from this address"),
          431: refusal("too_many_headers"),
        },
      },
    },
  };
}
