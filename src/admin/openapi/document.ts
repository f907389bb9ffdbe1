/** The OpenAPI 3.1 description of the API, generated from the endpoints and their schemas. */
import { readFile } from "node:fs/promises";
import type { ZodOpenApiObject, ZodOpenApiPathsObject } from "zod-openapi";
import { PERMISSIONS } from "../../model/permission.ts";
import { SESSION_COOKIE } from "../../model/session.ts";
import type { Endpoint } from "../endpoint.ts";
import { operation, pathOf } from "./operation.ts";
import { outsidePaths } from "./outside.ts";
import { simplified } from "./simplified.ts";

const PACKAGE = new URL("../../../package.json", import.meta.url);

const ABOUT = `Everything under \`/api/v1\` takes and returns JSON, and needs \`Authorization: Bearer <token>\`, or the cookie of a session (\`POST /api/v1/sessions\`) with which calls that change something also need an \`Origin\` of this server. Errors are problem details (RFC 9457) with a \`code\` for programs. Lists return \`items\` and \`nextCursor\`: pass it as \`cursor\` to get the next page; it is \`null\` at the end. The format of cursors may change, but issued cursors stay valid. Times are ISO 8601.

A request that is not as described here is answered \`400\`. A request that is as described, and names something that is not there or holds a script that cannot be used, is answered \`404\`, \`409\` or \`422\`.

Permissions: ${PERMISSIONS.map((one) => `\`${one}\``).join(", ")}.`;

/** One for the first part of each path of the API, and for what is outside of it. */
const TAGS = {
  messages: "The message log: lists, details, bodies, events and resubmission.",
  problems: "Failures, rejections and unmatched messages, grouped by cause.",
  providers: "Kinds of senders: their match scripts, verification, properties and order.",
  functions: "Scripts that run for the messages of a provider.",
  "test-runs": "Drafts of scripts on one message.",
  backtests: "Drafts of scripts on past messages.",
  tokens: "Tokens of the API and their permissions.",
  sessions: "People who are signed in to the console.",
  audit: "Who changed or read what.",
  description: "This description, the page that shows it, and the types for scripts.",
  senders: "Where senders deliver their webhooks.",
  health: "Health checks and metrics.",
} as const;

/** Loads the generator on the first call: most servers never need it. */
export async function openapiDocument(
  endpoints: readonly Endpoint[],
  basePaths: readonly string[],
): Promise<object> {
  const { createDocument } = await import("zod-openapi");
  const { version, license } = JSON.parse(await readFile(PACKAGE, "utf8"));
  const described: ZodOpenApiObject = {
    openapi: "3.1.0",
    info: {
      title: "Hookyard",
      version,
      description: ABOUT,
      license: { name: license, identifier: license },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: { ...apiPaths(endpoints), ...outsidePaths(basePaths) },
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token of the API." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: SESSION_COOKIE,
          description: `A session of the console; \`__Host-${SESSION_COOKIE}\` over TLS.`,
        },
        metricsToken: { type: "http", scheme: "bearer", description: "`HOOKYARD_METRICS_TOKEN`." },
      },
    },
  };
  return createDocument(described, {
    override: simplified,
    allowEmptySchema: { lazy: true, default: true },
  });
}

function apiPaths(endpoints: readonly Endpoint[]): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(endpoints, pathOf);
  const paths = [...byPath].map(([path, calls]) => [
    path,
    Object.fromEntries(calls.map((call) => [call.method, operation(call)])),
  ]);
  return Object.fromEntries(paths);
}
