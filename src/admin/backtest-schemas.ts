/** `/backtests`: what they take and what they say. */
import { z } from "zod";
import { OUTCOME_STATUSES } from "../model/trial.ts";
import { messageFilter } from "./message-filter.ts";

const draft = z
  .looseObject({ name: z.string().min(1), script: z.string().optional() })
  .describe("Fields of its JSON file and its script; of an installed one, those that change.");

export const backtestBody = z
  .strictObject({
    providers: z.array(draft).max(200).default([]),
    functions: z.array(draft).max(200).default([]),
    order: z.array(z.string()).max(1000).optional().describe("Providers in the order to be asked."),
    last: z
      .int()
      .min(0)
      .max(10_000)
      .default(1000)
      .describe("How many messages, newest first; with 0 the drafts are only checked."),
    filter: z.strictObject(messageFilter).prefault({}),
  })
  .refine(({ providers, functions, order }) => providers.length + functions.length > 0 || order, {
    error: "nothing was found to be tried: expected providers, functions or order",
  });

const fate = z.object({
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
        result: z.string().optional().describe("As JSON, the beginning; or why it was filtered."),
        error: z.string().optional(),
        calls: z
          .array(z.string())
          .readonly()
          .optional()
          .describe("What it would ask of the world: `POST https://…`, `kv.set key`."),
      }),
    )
    .readonly(),
});

export const comparedSchema = z.object({
  messageId: z.uuid(),
  receivedAt: z.iso.datetime(),
  uri: z.string(),
  before: fate,
  after: fate,
  differences: z
    .array(z.string())
    .readonly()
    .describe("Such as `provider`, `functions`, `outcome of greet`, `calls of greet`."),
  claimedBy: z.array(z.string()).readonly().describe("Under the drafts; the first one gets it."),
  faults: z.array(z.object({ provider: z.string(), message: z.string() })).readonly(),
  unsteady: z
    .array(z.string())
    .readonly()
    .describe("Functions that make something else of it each time, as they are: not compared."),
});
export type ComparedItem = z.infer<typeof comparedSchema>;

export const backtestSchema = z.object({
  id: z.uuid(),
  state: z.enum(["RUNNING", "DONE", "CANCELLED", "FAILED"]),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  problem: z.string().nullable(),
  total: z.int().describe("Messages it goes through."),
  done: z.int(),
  gone: z.int().describe("Of those done, messages that were removed meanwhile."),
  unlisted: z.int().describe("Messages that are counted, and not listed for want of room."),
  summary: z.object({
    changed: z.int(),
    otherProvider: z.int().describe("Would go to another provider, or to none."),
    otherOutcome: z.int().describe("A function would end differently, or ask for other things."),
    failing: z.int().describe("A function that was tried fails under the drafts."),
    unsteady: z.int().describe("A function makes something else of it each time: not compared."),
    byNobody: z.int().describe("Claimed by none."),
    bySeveral: z.int().describe("Claimed by more than one: the order decides."),
  }),
  providers: z
    .array(
      z.object({
        provider: z.string(),
        gets: z.int(),
        misses: z.int().describe("It claims them, and another gets them."),
        faults: z.int().describe("Its script failed."),
      }),
    )
    .describe("In the order in which they would be asked."),
});
export type BacktestState = z.infer<typeof backtestSchema>;
