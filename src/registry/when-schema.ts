/** The schema of `when` in `provider.json`. */
import { z } from "zod";
import { atMostCharacters, notEmpty } from "../model/described-checks.ts";

/** Limits of the conditions that main checks for each message. */
const MAX_CONDITIONS = 20;
const MAX_HEADERS = 20;
const MAX_LISTED = 40;
const MAX_PATTERN = 200;

const method = z
  .string()
  .regex(/^[A-Z][A-Z-]*$/, 'expected a method in capital letters, such as "POST"');

const headerName = z
  .string()
  .regex(
    /^[!#$%&'+.^_`|~\w-]+$/,
    "expected a header name, such as x-github-event; `*` stands in values only",
  );

const patternLength = `expected a pattern of 1 to ${MAX_PATTERN} characters`;
const headerValue = z.union(
  [z.boolean(), atMostCharacters(MAX_PATTERN, z.string().min(1, patternLength), patternLength)],
  {
    error: `expected true (present), false (absent) or a pattern, such as "GitHub-Hookshot/*"`,
  },
);

/** `z.record` drops `__proto__`: a condition that is not checked must not look accepted. */
const withoutProto = (value: unknown, context: z.RefinementCtx): unknown => {
  if (Object.hasOwn(Object(value), "__proto__"))
    context.addIssue({ code: "custom", message: "expected header names, found __proto__" });
  return value;
};

const headers = z.preprocess(
  withoutProto,
  notEmpty(z.record(headerName, headerValue), "expected at least one header")
    .refine((given) => Object.keys(given).length <= MAX_HEADERS, {
      error: `expected at most ${MAX_HEADERS} headers`,
      params: { described: true },
    })
    .meta({ maxProperties: MAX_HEADERS })
    .refine((given) => {
      const names = Object.keys(given).map((name) => name.toLowerCase());
      return new Set(names).size === names.length;
    }, "two names differ in letter case alone, and mean the same header"),
);

const uri = atMostCharacters(MAX_PATTERN, z.string()).superRefine((pattern, context) => {
  const message = uriProblem(pattern);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

function uriProblem(pattern: string): string | undefined {
  const segments = pattern.split("/");
  if (segments.length > 1 && (segments[0] === "" || segments.at(-1) === ""))
    return "a URI has no slash at its start or end";
  if (segments.some((segment) => segment !== "**" && segment.includes("**")))
    return "`**` stands for whole segments: expected it between slashes, as in `git/**`";
  if (segments.some((segment) => segment.startsWith(":")))
    return "`:name` is for the URI of a function: expected `*` for a segment";
  return undefined;
}

const mediaType = atMostCharacters(
  MAX_PATTERN,
  z
    .string()
    .regex(
      /^[^\s;,]+$/,
      'expected a media type without parameters, such as "application/json" or "application/*+json"',
    ),
);

const MAX_KEYS = 20;
const payloadKey = atMostCharacters(
  MAX_PATTERN,
  z.string().min(1, "expected a key of the payload, not the empty text"),
);

const some = <T extends z.ZodType>(one: T) => z.array(one).min(1).max(MAX_LISTED);

const condition = notEmpty(
  z.strictObject({
    method: some(method).optional(),
    headers: headers.optional(),
    uri: uri
      .optional()
      .describe("`*` stands for characters of one segment, `**` for any number of segments."),
    contentType: some(mediaType).optional(),
    maxBodyBytes: z.int().min(0).optional().describe("Of the body as received."),
    payloadKeys: z
      .array(payloadKey)
      .min(1, "expected at least one key")
      .max(MAX_KEYS, `expected at most ${MAX_KEYS} keys`)
      .optional()
      .describe("`event.payload` is an object with all of these keys."),
  }),
  "expected at least one of method, headers, uri, contentType, maxBodyBytes and payloadKeys",
);

export const whenSchema = z
  .union(
    [
      condition,
      z
        .array(condition)
        .min(1, "expected at least one condition in the list")
        .max(MAX_CONDITIONS, `expected at most ${MAX_CONDITIONS} conditions`),
    ],
    {
      error: (issue) => (issue.code === "invalid_union" ? explain(issue) : undefined),
    },
  )
  .describe(
    "Which requests the match script runs on: every part must hold; of a list, any one condition.",
  );

/**
 * Explains the error by the form that was meant, an object or a list: the union's own error says only that neither
 * matches.
 */
function explain({ input, errors }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const issues = errors[Array.isArray(input) ? 1 : 0] ?? [];
  if (typeof input !== "object" || input === null)
    return "expected an object of conditions, or a list of them";
  return issues.map(explainOne).join("; ");
}

function explainOne(issue: z.core.$ZodIssue): string {
  const [inner] = issue.code === "invalid_key" ? issue.issues : [];
  const path = issue.path.map(String).join(".");
  return `${path === "" ? "" : `${path}: `}${inner?.message ?? issue.message}`;
}
