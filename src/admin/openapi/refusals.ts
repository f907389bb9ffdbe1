/** The errors that a call may be refused with, as responses of OpenAPI. */
import type {
  ZodOpenApiContentObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import { ERRORS, type ErrorCode } from "../../errors.ts";
import type { Endpoint } from "../endpoint.ts";
import { problemSchema } from "./problem-schema.ts";

export const PROBLEM: ZodOpenApiContentObject = {
  "application/problem+json": { schema: problemSchema },
};

/** What the codes mean for a call. */
const REASONS: Partial<Record<ErrorCode, string>> = {
  bad_request: "A part of the request is not as described here",
  unauthorized: "The token or session is missing, unknown or expired",
  forbidden: "The token or session may not do this, or another page sent the session's cookie",
  not_found: "Something that the request names is not there",
  not_acceptable: "The response is not available in an accepted type",
  upload_too_slow: "The body came too slowly",
  conflict: "The request conflicts with what is installed or stored",
  changed_meanwhile: "The version is another one than `If-Match` expects",
  body_too_large: "The body is too large",
  unsupported_media_type: "The body is not JSON, or is in an unknown encoding",
  expectation_failed: "The header `Expect` has another value than `100-continue`",
  unprocessable: "A value is of the right form and cannot be used, for example the name of nothing",
  invalid_message: "No sender could send a message like this, or the JSON is nested too deeply",
  script_refused: "The script cannot be used; `error` has the position",
  rate_limited: "Too many calls or wrong tokens; `Retry-After` says when to try again",
  too_many_headers: "Too many headers",
  too_many_followers: "Too many connections follow the log",
};

/** Why any request may be refused before its path is looked at. */
const BEFORE_ROUTING = ["expectation_failed", "too_many_headers"] as const;
const OF_BODIES = [
  "upload_too_slow",
  "body_too_large",
  "unsupported_media_type",
  "unprocessable",
  "invalid_message",
] as const;
const OF_TOKENS = ["bad_request", "unauthorized", "forbidden", "rate_limited"] as const;

function codesOf({ permission, path, params, body, reads = [], refuses = [] }: Endpoint) {
  return new Set<ErrorCode>([
    ...(permission === "public" ? [] : OF_TOKENS),
    ...(params === undefined && body === undefined ? [] : (["bad_request"] as const)),
    ...(path.includes(":") ? (["not_found"] as const) : []),
    ...(body === undefined ? [] : OF_BODIES),
    ...(reads.includes("if-match") ? (["changed_meanwhile"] as const) : []),
    "not_acceptable",
    ...BEFORE_ROUTING,
    ...refuses,
  ]);
}

/** The responses by status. A status that has one code is a component, shared by all calls. */
export function refusalsOf(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codesOf(endpoint), (code) => ERRORS[code].status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, refusal(...codes)]));
}

/** One object for each code, which is how the generator knows the component. */
const components = new Map<ErrorCode, ZodOpenApiResponseObject>();

export function refusal(...codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const [only, ...others] = codes;
  if (only === undefined || others.length > 0)
    return { description: codes.map(reasonOf).join("; or: "), content: PROBLEM };
  const id = ERRORS[only].title.replaceAll(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());
  const component = components.get(only) ?? {
    id,
    description: reasonOf(only),
    content: PROBLEM,
  };
  components.set(only, component);
  return component;
}

const reasonOf = (code: ErrorCode): string =>
  `${REASONS[code] ?? ERRORS[code].title} (\`${code}\`)`;
