/** The OpenAPI 3.1 description of the API, generated from the endpoints and their schemas. */
import { readFile } from "node:fs/promises";
import type { ZodOpenApiObject, ZodOpenApiOverride, ZodOpenApiPathsObject } from "zod-openapi";
import { PERMISSIONS } from "../../model/permission.ts";
import type { Endpoint } from "../endpoint.ts";
import { SESSION_COOKIE } from "../sessions/session-cookie.ts";
import { operation, pathOf } from "./operation.ts";
import { outsidePaths } from "./outside.ts";

const PACKAGE = new URL("../../../package.json", import.meta.url);

const ABOUT = `Everything under \`/api/v1\` takes and returns JSON, and needs \`Authorization: Bearer <token>\`, or the cookie of a session (\`POST /api/v1/sessions\`) with which calls that change something also need an \`Origin\` of this server. Errors are problem details (RFC 9457) with a \`code\` for programs. Lists return \`items\` and \`nextCursor\`: pass it as \`cursor\` to get the next page; it is \`null\` at the end. The format of cursors may change, but issued cursors stay valid. Times are ISO 8601.

Permissions: ${PERMISSIONS.map((one) => `\`${one}\``).join(", ")}.`;

/** Loads the generator on the first call: most servers never need it. */
export async function openapiDocument(
  endpoints: readonly Endpoint[],
  basePaths: readonly string[],
): Promise<object> {
  const { createDocument } = await import("zod-openapi");
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8"));
  const described: ZodOpenApiObject = {
    openapi: "3.1.0",
    info: { title: "Hookyard", version, description: ABOUT },
    servers: [{ url: "/" }],
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
  return createDocument(described, { override: simplified, allowEmptySchema: { lazy: true } });
}

/** Removes parts of the generated schemas that mislead readers of OpenAPI. */
const simplified: ZodOpenApiOverride = ({ zodSchema, jsonSchema }) => {
  // In Zod it means that our code does not change the value; in OpenAPI, that a client must not send it.
  delete jsonSchema.readOnly;
  // The recursive schema for any JSON: client generators take it for a type that contains only itself.
  if (zodSchema._zod.def.type === "lazy")
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
};

function apiPaths(endpoints: readonly Endpoint[]): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(endpoints, pathOf);
  const paths = [...byPath].map(([path, calls]) => [
    path,
    Object.fromEntries(calls.map((call) => [call.method, operation(call)])),
  ]);
  return Object.fromEntries(paths);
}
