/** `POST /test-runs`: what it takes and what it says. */
import { z } from "zod";
import { OUTCOME_STATUSES } from "../model/trial.ts";
import {
  failureSchema,
  logLineSchema,
  responseSchema,
  verificationSchema,
} from "./message-schemas.ts";

const headers = z.union([
  z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  z.array(z.tuple([z.string(), z.string()])),
]);

export const givenRequest = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]{1,40}$/, "expected a method such as POST")
    .default("POST"),
  uri: z.string().default("").describe("What follows the base path: `git/push`."),
  query: z.string().default("").describe("As sent, without the question mark."),
  headers: headers.default({}),
  body: z.unknown().default("").describe("Text as it is, anything else as JSON."),
});
export type GivenRequest = z.infer<typeof givenRequest>;

const draft = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .optional()
  .describe(
    "The name of an installed one, or a draft: fields of its JSON file, and for the name of an installed one those that change.",
  );

const canned = z.strictObject({
  url: z.string().min(1).describe("With `*` at the end, all that begin so."),
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().default("").describe("Text as it is, anything else as JSON."),
});

export const testRunBody = z
  .strictObject({
    provider: draft,
    function: draft,
    script: z.string().optional().describe("Tried in place of the installed script."),
    messageId: z.uuid().optional(),
    request: givenRequest.optional(),
    effects: z
      .enum(["record", "perform"])
      .default("record")
      .describe("Whether calls of `http` and writes of `kv` are only noted, or done."),
    answers: z.array(canned).max(100).default([]).describe("What `http.fetch` is told instead."),
  })
  .refine((wish) => (wish.provider === undefined) !== (wish.function === undefined), {
    error: "either provider or function was expected",
  })
  .refine((wish) => (wish.messageId === undefined) !== (wish.request === undefined), {
    error: "either messageId or request was expected",
  });

export type TestRunBody = z.infer<typeof testRunBody>;

const providerTried = z.object({
  kind: z.literal("provider"),
  matched: z.boolean(),
  passedOver: z
    .string()
    .optional()
    .describe("Why the script was not asked: what the request does not meet of its `when`."),
  warning: z.string().optional(),
  error: failureSchema.nullable(),
  verification: verificationSchema.nullable(),
  eventType: z.string().nullable(),
  deliveryId: z.string().nullable(),
  handshake: responseSchema.nullable(),
  logs: z.array(logLineSchema),
  durationMs: z.number(),
});

const functionTried = z.object({
  kind: z.literal("function"),
  outcome: z.enum(OUTCOME_STATUSES),
  message: z.string().nullable(),
  result: z.unknown(),
  response: responseSchema.nullable(),
  error: failureSchema.nullable(),
  logs: z.array(logLineSchema),
  calls: z.array(
    z.object({
      call: z.string(),
      asked: z.record(z.string(), z.unknown()),
      answered: z.unknown(),
      performed: z.boolean(),
    }),
  ),
  durationMs: z.number(),
});

export const testRunAnswer = z.discriminatedUnion("kind", [providerTried, functionTried]);
