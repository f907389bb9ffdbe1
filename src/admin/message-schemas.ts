/** Schemas of messages in the API. */
import { z } from "zod";
import { VERIFICATION_MODES } from "../model/decision.ts";
import { EXECUTION_STATUSES } from "../model/execution.ts";
import { FAILURE_KINDS } from "../model/failure-kind.ts";
import { MESSAGE_STATUSES } from "../model/message.ts";

/** ISO 8601, UTC. */
const time = z.iso.datetime();

const scriptError = z.object({
  name: z.string(),
  message: z.string().nullable().describe("Null without `messages:details`."),
  file: z.string().optional(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  frame: z.string().optional().describe("Lines of the script; absent without `scripts:read`."),
  stack: z.string().optional().describe("Absent without `messages:details`."),
});

export const failureSchema = z
  .object({
    kind: z.enum(FAILURE_KINDS),
    ...scriptError.shape,
    causes: z
      .array(scriptError)
      .readonly()
      .optional()
      .describe("Its `cause`, the errors of an `AggregateError`, and theirs in turn."),
  })
  .meta({ id: "Failure" });

export const logLineSchema = z
  .object({
    at: time,
    level: z.enum(["debug", "info", "warn", "error"]),
    text: z.string(),
  })
  .meta({ id: "LogLine" });

export const listedMessage = z
  .object({
    id: z.uuid(),
    receivedAt: time,
    method: z.string(),
    uri: z.string(),
    status: z.enum(MESSAGE_STATUSES),
    provider: z.string().nullable(),
    eventType: z.string().nullable(),
    deliveryId: z.string().nullable(),
    message: z
      .string()
      .nullable()
      .describe(
        "The last message of a function, or its error. Without `messages:details`: of an error only the name, of a rejection no text from a script, and null while the message is pending.",
      ),
    bodyBytes: z.number().int(),
    sync: z
      .boolean()
      .describe(
        "Whether the answer was synchronous: the sender, the provider or a function asked to wait for the functions, and they ended in time. While the message is pending: whether its answer waits.",
      ),
    duplicateOf: z
      .uuid()
      .nullable()
      .describe("The message of the same delivery that this one is answered like."),
    repetitionOf: z
      .uuid()
      .nullable()
      .describe(
        "The first message of the same delivery, if that failed: this one runs only the functions that failed.",
      ),
    resubmittedFrom: z.uuid().nullable(),
    edited: z.boolean(),
    nearestUris: z
      .array(z.object({ provider: z.string(), uri: z.string() }))
      .readonly()
      .describe(
        "For an unmatched message, URIs of installed functions that are near its own, the nearest first.",
      ),
  })
  .meta({ id: "Message" });

const versionNumber = z
  .int()
  .nullable()
  .describe("The number of that version; null if the version is not stored.");

const traceEntry = z
  .object({
    provider: z.string(),
    version: z.string(),
    versionNumber,
    matched: z.boolean(),
    durationMs: z.number().describe("In milliseconds; 0 means less than one."),
    passedOver: z
      .string()
      .optional()
      .describe(
        "Why the script did not run: the part of its `when` that the request does not meet.",
      ),
    warning: z.string().optional(),
    error: failureSchema.optional(),
    logs: z.array(logLineSchema).readonly().optional(),
  })
  .meta({ id: "TraceEntry" });

export const verificationSchema = z
  .object({
    mode: z.enum(VERIFICATION_MODES).exclude(["auto"]),
    result: z.enum(["ok", "failed", "skipped"]),
    reason: z
      .string()
      .optional()
      .describe("Absent without `messages:details` if a script returned it."),
    error: failureSchema.optional(),
    challenge: z
      .literal("basic")
      .optional()
      .describe("The authentication that `WWW-Authenticate` asked of the rejected sender."),
  })
  .meta({ id: "Verification" });

/** The response that a script set. */
export const responseSchema = z
  .object({
    status: z.int(),
    headers: z
      .record(z.string(), z.union([z.string(), z.array(z.string()).readonly()]))
      .describe("A list was sent as several header lines, as with `set-cookie`."),
    body: z.string(),
    bodyEncoding: z
      .literal("base64")
      .optional()
      .describe("The encoding of a binary `body`; absent for text."),
  })
  .meta({ id: "ScriptedAnswer" });

const attempt = z
  .object({
    number: z.number().int(),
    endedAt: time,
    durationMs: z.number().nullable(),
    outcome: z.string(),
    version: z.string(),
    versionNumber,
    message: z.string().optional(),
    reason: z.string().optional().describe("Why the function filtered the message."),
    fatal: z.boolean().optional().describe("The function asked for no further attempts."),
    retryAfterMs: z
      .number()
      .optional()
      .describe("The delay of the next attempt, if the function chose it."),
    response: responseSchema.optional(),
    result: z.unknown(),
    error: failureSchema.nullable(),
    logs: z.array(logLineSchema).readonly(),
  })
  .meta({ id: "Attempt" });

const execution = z
  .object({
    function: z.string(),
    status: z.enum(EXECUTION_STATUSES),
    version: z.string(),
    versionNumber,
    params: z.record(z.string(), z.string()),
    order: z.number().nullable(),
    message: z.string().nullable(),
    durationMs: z.number().nullable(),
    result: z.unknown(),
    error: failureSchema.nullable(),
    logs: z.array(logLineSchema).readonly(),
    attempts: z.array(attempt).readonly(),
    nextAttemptAt: time.nullable(),
  })
  .meta({ id: "Execution" });

export const messageDetails = listedMessage
  .extend({
    hidden: z
      .array(z.enum(["details", "logs"]))
      .describe(
        "Parts hidden from the token because it lacks `messages:details` or `messages:logs`.",
      ),
    path: z.string(),
    query: z.string().nullable(),
    remoteAddress: z.string(),
    headers: z.array(z.tuple([z.string(), z.string().nullable()]).readonly()).readonly(),
    verification: verificationSchema.nullable(),
    trace: z.array(traceEntry).readonly(),
    executions: z.array(execution).readonly(),
  })
  .meta({ id: "MessageDetails" });
