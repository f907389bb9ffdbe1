/** The description of the API (OpenAPI 3.1), made from the endpoints and their schemas. */
import { readFile } from "node:fs/promises";
import type { ZodOpenApiObject, ZodOpenApiOverride, ZodOpenApiPathsObject } from "zod-openapi";
import { PERMISSIONS } from "../../model/permission.ts";
import type { Endpoint } from "../endpoint.ts";
import { operation, pathOf } from "./operation.ts";
import { outsidePaths } from "./outside.ts";

const PACKAGE = new URL("../../../package.json", import.meta.url);

const ABOUT = `Everything under \`/api/v1\` takes and answers JSON, and asks for \`Authorization: Bearer <token>\`. Errors are problem details (RFC 9457) with a \`code\` for programs. Lists answer \`items\` and \`nextCursor\`: given as \`cursor\` it goes on with the next page, and it is \`null\` at the end. What a cursor is made of may change; one that was given stays good. Times are ISO 8601.

Permissions: ${PERMISSIONS.map((one) => `\`${one}\``).join(", ")}.`;

/** Loads what makes it when first asked: most servers never are. */
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
        metricsToken: { type: "http", scheme: "bearer", description: "`HOOKYARD_METRICS_TOKEN`." },
      },
    },
  };
  return createDocument(described, { override: simplified, allowEmptySchema: { lazy: true } });
}

/** What our schemas say more of than OpenAPI has a use for. */
const simplified: ZodOpenApiOverride = ({ zodSchema, jsonSchema }) => {
  // To us it says that our own code does not change a value; here it would say that a client must not send it.
  delete jsonSchema.readOnly;
  // Any JSON, of which JSON is made: generators take that for a type that is made of nothing but itself.
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
