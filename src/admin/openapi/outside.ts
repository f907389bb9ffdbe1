/** What is outside of the API: where senders post to, and what a keeper of processes asks. */
import { z } from "zod";
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from "zod-openapi";
import { summarySchema } from "../resubmission.ts";
import { PROBLEM } from "./operation.ts";

const INGRESS = `Any method, any type, any bytes. \`uri\` is the rest of the path and may hold slashes; the query string is passed on.

Answered \`202\` once the message is on disk. With \`flex-sync-webhook: true\`, or where the provider or a function asks for it, the answer waits for the functions. A function that answers by itself, or a sender's handshake, may have any status, type and body.`;

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
    summary: method === "post" ? "A webhook" : "The same by GET, as some handshakes are",
    description: INGRESS,
    security: [],
    requestParams: {
      path: z.object({ uri: z.string() }),
      header: z.object({ "flex-sync-webhook": z.string().optional() }),
    },
    ...(method === "post" ? { requestBody: { content: { "*/*": {} } } } : {}),
    responses: {
      200: json("Waited for: every function ended without error", summarySchema),
      202: json("Stored", accepted),
      400: problem("The path cannot be decoded, or the body ended too early"),
      401: json(
        "The provider's verification failed, and the message is kept as REJECTED; with `WWW-Authenticate` where a password was expected",
        z.unknown(),
      ),
      404: json("Waited for: no provider or function matched", summarySchema),
      408: problem("The body came too slowly; nothing was stored"),
      413: problem("The body is too large, as it came or decoded; nothing was stored"),
      431: problem("More than 1,000 headers, or more than 64 KiB of them; nothing was stored"),
      500: json("Waited for: a function failed", summarySchema),
      503: problem("Nothing was stored; Retry-After says when to try again"),
      default: { description: "What a function or a handshake answered" },
    },
  } as const;
}

const probe = (operationId: string, summary: string, word: string) => ({
  get: {
    operationId,
    tags: ["keeping it up"],
    summary,
    security: [],
    responses: {
      200: json("It is", z.object({ status: z.literal(word) })),
      503: problem("It is not; Retry-After says when to ask again"),
    },
  },
});

/** Paths by themselves, for each base path senders post to. */
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
        tags: ["keeping it up"],
        summary: "Figures for Prometheus",
        description: "Needs the token set as `HOOKYARD_METRICS_TOKEN`, when one is set.",
        security: [{}, { metricsToken: [] }],
        responses: {
          200: {
            description: "Prometheus' text format",
            content: { "text/plain": { schema: { type: "string" } } },
          },
          401: problem("Not the token that is set"),
          429: problem("Too many wrong tokens came from this address"),
        },
      },
    },
  };
}
