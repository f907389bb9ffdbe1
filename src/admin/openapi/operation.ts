/** One endpoint as an operation of OpenAPI. */
import type { z } from "zod";
import type {
  ZodOpenApiContentObject,
  ZodOpenApiOperationObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import type { AnswerKind, Endpoint } from "../endpoint.ts";
import { problemSchema } from "./problem-schema.ts";

/** `/messages/:id` as OpenAPI writes it: `/api/v1/messages/{id}`. */
export const pathOf = ({ path }: Endpoint): string =>
  `/api/v1${path.replace(/:(\w+)/g, (_, name: string) => `{${name}}`)}`;

export function operation(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { permission, params, query, body, summary, description } = endpoint;
  const isPublic = permission === "public";
  return {
    operationId: operationId(endpoint),
    tags: [endpoint.path.split("/")[1] ?? "api"],
    summary,
    description: [description, NEEDS[permission] ?? `Needs \`${permission}\`.`]
      .filter((text) => text !== undefined)
      .join("\n\n"),
    security: isPublic ? [] : [{ token: needed(permission) }, { session: needed(permission) }],
    requestParams: { ...object("path", params), ...object("query", query) },
    ...(body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: body } } } }),
    responses: responses(endpoint),
  };
}

const NEEDS: Readonly<Record<string, string>> = {
  public: "Needs no token.",
  any: "Needs a token or a session; any permission will do.",
};

/** In OpenAPI, the list of a security scheme holds the permissions that the call needs. */
const needed = (permission: Endpoint["permission"]) => (permission === "any" ? [] : [permission]);

/** The schemas of parameters are objects, but their type is too general to say so. */
const object = (where: "path" | "query", schema: z.ZodType | undefined) =>
  schema === undefined ? {} : { [where]: schema as z.ZodObject };

/** `GET /messages/:id/body` becomes `getMessagesIdBody`: a stable name, unlike the summary. */
function operationId({ method, path }: Endpoint): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
}

/** Statuses with which any call may be refused. */
const refusals = (endpoint: Endpoint): Readonly<Record<number, string>> => ({
  ...(endpoint.permission === "public"
    ? {}
    : {
        400: "A part of the request is invalid",
        401: "The token or session is missing, unknown or expired",
        403: "The token or session may not do this, or another page sent the session's cookie",
        429: "Too many wrong tokens came from this address",
      }),
  ...(endpoint.path.includes(":") ? { 404: "Not found" } : {}),
  406: "The response is not available in an accepted type",
  ...(endpoint.body === undefined
    ? {}
    : { 413: "The body is too large", 415: "The body is not JSON" }),
});

function responses(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const refused = refusals(endpoint);
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => {
    const content = { ...contentOf(answer), ...(Number(status) < 400 ? {} : PROBLEM) };
    const alternative = refused[Number(status)];
    const description = [answer.description, ...(alternative === undefined ? [] : [alternative])];
    return [status, { description: description.join("; or: "), content }];
  });
  const refusalResponses = Object.entries(refused).map(([status, description]) => [
    status,
    { description, content: PROBLEM },
  ]);
  return {
    ...Object.fromEntries(refusalResponses),
    ...Object.fromEntries(answers),
    default: { description: "Any other error", content: PROBLEM },
  };
}

export const PROBLEM: ZodOpenApiContentObject = {
  "application/problem+json": { schema: problemSchema },
};

function contentOf({ schema, mediaType }: AnswerKind): ZodOpenApiContentObject {
  if (schema === undefined) return {};
  if (schema === "events") return { "text/event-stream": { schema: { type: "string" } } };
  // In OpenAPI an empty media type object means bytes.
  if (schema === "bytes") return { [mediaType ?? "*/*"]: {} };
  return { "application/json": { schema } };
}
