/** Messages as the API shows them. */
import { z } from "zod";
import { VERIFICATION_MODES } from "../model/decision.ts";
import { EXECUTION_STATUSES, FAILURE_KINDS } from "../model/execution.ts";
import { MESSAGE_STATUSES } from "../model/message.ts";

/** ISO 8601, UTC. */
const time = z.iso.datetime();

export const failureSchema = z
  .object({
    kind: z.enum(FAILURE_KINDS),
    name: z.string(),
    message: z.string().nullable().describe("Null for want of `messages:details`."),
    file: z.string().optional(),
    line: z.number().int().optional(),
    column: z.number().int().optional(),
    frame: z
      .string()
      .optional()
      .describe("Lines of the script; left out for want of `scripts:read`."),
    stack: z.string().optional().describe("Left out for want of `messages:details`."),
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
        "The last thing a function said, or its error: of that only the name without `messages:details`, and nothing while the message is pending. Of one that was rejected, why: without `messages:details` not in the words of a script.",
      ),
    bodyBytes: z.number().int(),
    sync: z.boolean(),
    duplicateOf: z.uuid().nullable(),
    resubmittedFrom: z.uuid().nullable(),
    edited: z.boolean(),
  })
  .meta({ id: "Message" });

const traceEntry = z
  .object({
    provider: z.string(),
    version: z.string(),
    matched: z.boolean(),
    durationMs: z.number().describe("in milliseconds; 0 is less than one"),
    passedOver: z
      .string()
      .optional()
      .describe("Why the script was not asked: what the request does not meet of its `when`."),
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
      .describe("Left out for want of `messages:details` where a script gives it."),
    error: failureSchema.optional(),
    challenge: z
      .literal("basic")
      .optional()
      .describe("What the sender was asked for by `WWW-Authenticate` when it was refused."),
  })
  .meta({ id: "Verification" });

/** What a script answered with. */
export const responseSchema = z
  .object({
    status: z.int(),
    headers: z
      .record(z.string(), z.union([z.string(), z.array(z.string()).readonly()]))
      .describe("A list was sent as several lines, as `set-cookie` is."),
    body: z.string(),
    bodyEncoding: z
      .literal("base64")
      .optional()
      .describe("Absent for text; otherwise how `body` stands for bytes."),
  })
  .meta({ id: "ScriptedAnswer" });

const attempt = z
  .object({
    number: z.number().int(),
    endedAt: time,
    durationMs: z.number().nullable(),
    outcome: z.string(),
    version: z.string(),
    message: z.string().optional(),
    reason: z.string().optional().describe("Why the function said that there was nothing to do."),
    fatal: z.boolean().optional().describe("The function said that trying again cannot help."),
    retryAfterMs: z.number().optional().describe("The function's own choice of the next attempt."),
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
      .describe("What the token may not see, for want of `messages:details` or `messages:logs`."),
    path: z.string(),
    query: z.string().nullable(),
    remoteAddress: z.string(),
    headers: z.array(z.tuple([z.string(), z.string().nullable()]).readonly()).readonly(),
    verification: verificationSchema.nullable(),
    trace: z.array(traceEntry).readonly(),
    executions: z.array(execution).readonly(),
  })
  .meta({ id: "MessageDetails" });
