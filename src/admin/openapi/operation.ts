/** One endpoint as an operation of OpenAPI. */
import { z } from "zod";
import type {
  ZodOpenApiContentObject,
  ZodOpenApiOperationObject,
  ZodOpenApiRequestBodyObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import { type AnswerKind, type Endpoint, isBodyOptional, type RequestHeader } from "../endpoint.ts";
import { PROBLEM, refusalsOf } from "./refusals.ts";

/** `/messages/:id` as OpenAPI writes it: `/api/v1/messages/{id}`. */
export const pathOf = ({ path }: Endpoint): string =>
  `/api/v1${path.replace(/:(\w+)/g, (_, name: string) => `{${name}}`)}`;

export function operation(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { permission, params, query, summary, description, operationId, reads = [] } = endpoint;
  const isPublic = permission === "public";
  return {
    operationId,
    tags: [tagOf(endpoint)],
    summary,
    description: [description, NEEDS[permission] ?? `Needs \`${permission}\`.`]
      .filter((text) => text !== undefined)
      .join("\n\n"),
    security: isPublic ? [] : [{ token: needed(permission) }, { session: needed(permission) }],
    requestParams: {
      ...object("path", params),
      ...object("query", query),
      ...(reads.length === 0 ? {} : { header: headersOf(reads) }),
    },
    ...requestBody(endpoint),
    responses: responses(endpoint),
  };
}

const NEEDS: Readonly<Record<string, string>> = {
  public: "Needs no token.",
  any: "Needs a token or a session; any permission will do.",
};

/** In OpenAPI, the list of a security scheme holds the permissions that the call needs. */
const needed = (permission: Endpoint["permission"]) => (permission === "any" ? [] : [permission]);

/** The first part of the path, or `description` for calls that describe the API. */
const tagOf = ({ path, permission, method }: Endpoint): string =>
  permission === "public" && method === "get" ? "description" : (path.split("/")[1] ?? "");

/** The schemas of parameters are objects, but their type is too general to say so. */
const object = (where: "path" | "query", schema: z.ZodType | undefined) =>
  schema === undefined ? {} : { [where]: schema as z.ZodObject };

const HEADERS: Readonly<Record<RequestHeader, string>> = {
  "flex-sync-webhook": "`true`: the response waits for the functions.",
  "if-match": "The `ETag` of the version to change; another version is not changed.",
  "last-event-id": "The id of the last event that was received: the stream continues after it.",
};

const headersOf = (names: readonly RequestHeader[]) =>
  z.object(
    Object.fromEntries(
      names.map((name) => [name, z.string().optional().describe(HEADERS[name])] as const),
    ),
  );

function requestBody({ body, examples }: Endpoint): {
  readonly requestBody?: ZodOpenApiRequestBodyObject;
} {
  if (body === undefined) return {};
  const shown = Object.entries(examples ?? {}).map(([summary, value]) => [
    summary.replaceAll(/\W+/g, "-"),
    { summary, value },
  ]);
  const content = {
    schema: body,
    ...(shown.length === 0 ? {} : { examples: Object.fromEntries(shown) }),
  };
  return {
    requestBody: { required: !isBodyOptional(body), content: { "application/json": content } },
  };
}

function responses(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const refused = refusalsOf(endpoint);
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => {
    const content = { ...contentOf(answer), ...(Number(status) < 400 ? {} : PROBLEM) };
    const other = Reflect.get(refused, status)?.description;
    const description = [answer.description, ...(other === undefined ? [] : [other])];
    return [status, { description: description.join("; or: "), content }];
  });
  return {
    ...refused,
    ...Object.fromEntries(answers),
    default: { description: "Any other error", content: PROBLEM },
  };
}

function contentOf({ schema, mediaType }: AnswerKind): ZodOpenApiContentObject {
  if (schema === undefined) return {};
  if (schema === "events") return { "text/event-stream": { schema: { type: "string" } } };
  // In OpenAPI an empty media type object means bytes.
  if (schema === "bytes") return { [mediaType ?? "*/*"]: {} };
  return { "application/json": { schema } };
}
