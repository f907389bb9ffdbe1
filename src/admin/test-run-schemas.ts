/** Request and response schemas of `POST /test-runs`. */
import { z } from "zod";
import type { DefinitionKind } from "../model/definition.ts";
import { eitherOf } from "../model/described-checks.ts";
import { OUTCOME_STATUSES } from "../model/trial.ts";
import { schemasOf } from "./definition-schemas.ts";
import { messageId } from "./message-by-id.ts";
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
  uri: z.string().default("").describe("The path after the base path: `git/push`."),
  query: z.string().default("").describe("As sent, without the question mark."),
  headers: headers.default({}),
  body: z
    .unknown()
    .default("")
    .describe("Text as it is, any other JSON value as it is written in the request."),
});
export type GivenRequest = z.infer<typeof givenRequest>;

const nameOrDraft = (kind: DefinitionKind) =>
  z
    .union([z.string(), schemasOf[kind].draft])
    .optional()
    .describe(
      "The name of an installed one; or a draft: the fields of its JSON file, of an installed one only those that change.",
    );

const canned = z.strictObject({
  url: z.string().min(1).describe("A URL; with `*` at the end, a prefix."),
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string(), z.string()).default({}),
  body: z
    .unknown()
    .default("")
    .describe("Text as it is, any other JSON value as it is written in the request."),
});

export const testRunBody = eitherOf(
  z.strictObject({
    provider: nameOrDraft("provider"),
    function: nameOrDraft("function"),
    script: z.string().optional().describe("Used instead of the installed script."),
    messageId: messageId.optional(),
    request: givenRequest.optional(),
    effects: z
      .enum(["record", "perform"])
      .default("record")
      .describe("Whether `http` calls and `kv` writes are only recorded, or performed."),
    answers: z.array(canned).max(100).default([]).describe("Canned responses for `http.fetch`."),
  }),
  ["provider", "function"],
  ["messageId", "request"],
);

export type TestRunBody = z.infer<typeof testRunBody>;

const providerTried = z.object({
  kind: z.literal("provider"),
  matched: z.boolean(),
  passedOver: z
    .string()
    .optional()
    .describe("Why the script did not run: the part of its `when` that the request does not meet."),
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
