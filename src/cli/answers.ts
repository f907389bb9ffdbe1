/**
 * Schemas for the fields of API responses that the command shows. Other fields are ignored, as servers differ in age.
 */
import { z } from "zod";

const scriptError = z.looseObject({
  name: z.string(),
  /** Null when the token lacks the permission to see it. */
  message: z.string().nullable(),
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  frame: z.string().optional(),
});

export type ErrorShown = z.infer<typeof scriptError>;

export const failure = scriptError.extend({
  kind: z.string(),
  causes: z.array(scriptError).optional(),
});
export type FailureShown = z.infer<typeof failure>;

export const logLine = z.looseObject({ at: z.string(), level: z.string(), text: z.string() });
export type LogLineShown = z.infer<typeof logLine>;

export const listedMessage = z.looseObject({
  id: z.string(),
  receivedAt: z.string(),
  method: z.string(),
  uri: z.string(),
  status: z.string(),
  provider: z.string().nullish(),
  eventType: z.string().nullish(),
  deliveryId: z.string().nullish(),
  message: z.string().nullish(),
  bodyBytes: z.number(),
  duplicateOf: z.string().nullish(),
  repetitionOf: z.string().nullish(),
  resubmittedFrom: z.string().nullish(),
  edited: z.boolean().optional(),
  /** Absent on older servers. */
  nearestUris: z.array(z.looseObject({ provider: z.string(), uri: z.string() })).optional(),
});
export type ListedMessage = z.infer<typeof listedMessage>;

export const messagePage = z.looseObject({
  items: z.array(listedMessage),
  nextCursor: z.string().nullable(),
});

/** Absent on older servers. */
const versionNumber = z.number().nullish();

const traceEntry = z.looseObject({
  provider: z.string(),
  version: z.string().optional(),
  versionNumber,
  matched: z.boolean(),
  durationMs: z.number().optional(),
  passedOver: z.string().optional(),
  warning: z.string().optional(),
  error: failure.optional(),
  logs: z.array(logLine).optional(),
});
export type TraceEntry = z.infer<typeof traceEntry>;

const attempt = z.looseObject({
  number: z.number(),
  endedAt: z.string(),
  durationMs: z.number().nullish(),
  outcome: z.string(),
  version: z.string().optional(),
  versionNumber,
  message: z.string().nullish(),
  reason: z.string().nullish(),
  result: z.unknown().optional(),
  error: failure.nullish(),
  logs: z.array(logLine).optional(),
});
export type Attempt = z.infer<typeof attempt>;

const execution = z.looseObject({
  function: z.string(),
  status: z.string(),
  version: z.string().optional(),
  versionNumber,
  attempts: z.array(attempt),
  nextAttemptAt: z.string().nullish(),
});
export type Execution = z.infer<typeof execution>;

export const messageDetails = listedMessage.extend({
  path: z.string().optional(),
  query: z.string().nullish(),
  remoteAddress: z.string().optional(),
  headers: z.array(z.tuple([z.string(), z.string().nullable()])).optional(),
  verification: z
    .looseObject({
      mode: z.string(),
      result: z.string(),
      reason: z.string().optional(),
      error: failure.optional(),
    })
    .nullish(),
  trace: z.array(traceEntry).default([]),
  executions: z.array(execution).default([]),
});
export type MessageDetails = z.infer<typeof messageDetails>;

/** The result of a resubmission; only `messageId` while functions are still running. */
export const summary = z.looseObject({
  messageId: z.string(),
  status: z.string().optional(),
  provider: z.string().nullish(),
  functions: z.array(z.looseObject({ name: z.string(), status: z.string() })).optional(),
});

export const counted = z.looseObject({
  dryRun: z.boolean(),
  count: z.number(),
  /** Absent on older servers. */
  statuses: z.record(z.string(), z.number()).optional(),
});
