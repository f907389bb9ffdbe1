/** Request and response schemas of `/backtests`. */
import { z } from "zod";
import { withoutRepeats } from "../model/described-checks.ts";
import { OUTCOME_STATUSES } from "../model/trial.ts";
import { schemasOf } from "./definition-schemas.ts";
import { bodyFilter } from "./message-filter.ts";

const DRAFTS =
  "Fields of the JSON file, and the script; for an installed one only the fields that change.";
const { provider, function: fn } = schemasOf;

export const backtestBody = z
  .strictObject({
    providers: z.array(provider.namedDraft).max(200).default([]).describe(DRAFTS),
    functions: z.array(fn.namedDraft).max(200).default([]).describe(DRAFTS),
    order: withoutRepeats(z.array(z.string()).max(1000))
      .optional()
      .describe("Providers in the order in which they match."),
    last: z
      .int()
      .min(0)
      .max(10_000)
      .default(1000)
      .describe("How many messages, newest first; with 0 the drafts are only checked."),
    filter: z.strictObject(bodyFilter).prefault({}),
  })
  .refine(({ providers, functions, order }) => providers.length + functions.length > 0 || order, {
    error: "nothing was found to be tried: expected providers, functions or order",
    params: { described: true },
  })
  .meta({
    anyOf: [
      { required: ["order"] },
      ...["providers", "functions"].map((name) => ({
        properties: { [name]: { minItems: 1 } },
        required: [name],
      })),
    ],
  });

const resultSchema = z.object({
  decision: z.enum(["unmatched", "no-function", "rejected", "handshake", "accepted"]),
  provider: z.string().nullable(),
  verification: z.string().nullable(),
  eventType: z.string().nullable(),
  deliveryId: z.string().nullable(),
  functions: z
    .array(
      z.object({
        name: z.string(),
        outcome: z.enum(OUTCOME_STATUSES).optional(),
        result: z
          .string()
          .optional()
          .describe("The beginning of the JSON; or the reason of a filtered run."),
        error: z.string().optional(),
        calls: z
          .array(z.string())
          .readonly()
          .optional()
          .describe("Side effects of the function: `POST https://…`, `kv.set key`."),
      }),
    )
    .readonly(),
});

export const comparedSchema = z
  .object({
    messageId: z.uuid(),
    receivedAt: z.iso.datetime(),
    uri: z.string(),
    before: resultSchema,
    after: resultSchema,
    differences: z
      .array(z.string())
      .readonly()
      .describe(
        "The fields that differ: `provider`, `functions`, `outcome of greet`, `calls of greet`.",
      ),
    claimedBy: z
      .array(z.string())
      .readonly()
      .describe("Providers that match under the drafts; the first one gets the message."),
    faults: z.array(z.object({ provider: z.string(), message: z.string() })).readonly(),
    unsteady: z
      .array(z.string())
      .readonly()
      .describe("Functions whose result differs from run to run without any change: not compared."),
  })
  .meta({ id: "ComparedMessage" });
export type ComparedItem = z.infer<typeof comparedSchema>;

export const backtestSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(["RUNNING", "DONE", "CANCELLED", "FAILED"]),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    problem: z.string().nullable(),
    total: z.int().describe("Messages to compare."),
    done: z.int(),
    gone: z.int().describe("Messages among `done` that were deleted meanwhile."),
    unlisted: z
      .int()
      .describe("Messages that are counted but not listed, because the list is full."),
    summary: z.object({
      changed: z.int(),
      otherProvider: z.int().describe("Messages that would go to another provider, or to none."),
      otherOutcome: z
        .int()
        .describe(
          "Messages for which a function would end differently, or have other side effects.",
        ),
      failing: z.int().describe("Messages for which a tested function fails under the drafts."),
      unsteady: z
        .int()
        .describe("Messages for which a function's result differs from run to run: not compared."),
      byNobody: z.int().describe("Messages that no provider matches."),
      bySeveral: z.int().describe("Messages that several providers match: the order decides."),
    }),
    providers: z
      .array(
        z.object({
          provider: z.string(),
          gets: z.int(),
          misses: z.int().describe("Messages it matches that another provider gets."),
          faults: z.int().describe("Messages on which its script failed."),
        }),
      )
      .describe("In match order."),
  })
  .meta({ id: "Backtest" });
export type BacktestState = z.infer<typeof backtestSchema>;
