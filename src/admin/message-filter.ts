/** Filters of message lists and bulk calls. */
import { z } from "zod";
import { atMostCharacters } from "../model/described-checks.ts";
import { MESSAGE_STATUSES } from "../model/message.ts";
import { PROBLEM_KEY } from "../model/problem.ts";
import { trimSlashes } from "../model/uri.ts";
import type { MessageFilter } from "../store/messages/message-list.ts";
import { queryBoolean, queryInteger } from "./query-values.ts";

export const time = z.iso
  .datetime({
    offset: true,
    message: "expected an ISO 8601 time with zone, such as 2026-01-31T12:00:00Z",
  })
  .transform((text) => Date.parse(text));

const RESUBMITTED =
  "true: only messages that were resubmitted; false: only those that were not. The copies are separate messages.";

/** All filters must match; without any, every message is meant. */
export const messageFilter = {
  status: z.enum(MESSAGE_STATUSES).optional().describe("Only messages with this status."),
  provider: z.string().optional().describe("Only messages of this provider."),
  function: z
    .string()
    .optional()
    .describe("Only messages that have an execution of this function."),
  uri: z
    .string()
    .transform(trimSlashes)
    .optional()
    .describe(
      "Only messages to this URI: the path after the base path, without slashes at its ends.",
    ),
  eventType: z.string().optional().describe("Only messages with this event type."),
  from: time.optional().describe("Only messages received then or later."),
  to: time.optional().describe("Only messages received before."),
  q: atMostCharacters(1000, z.string().min(1))
    .optional()
    .describe(
      "Only messages with this text in headers or body, letter case ignored; needs messages:details.",
    ),
  resubmitted: queryBoolean.optional().describe(RESUBMITTED),
  problem: z
    .string()
    .regex(PROBLEM_KEY, "expected the key of a problem: GET /api/v1/problems lists them")
    .optional()
    .describe("Only messages of the problem with this key."),
  // A filter that is accepted but not applied would mean all messages.
} satisfies { readonly [name in keyof Omit<MessageFilter, "before" | "limit">]: z.ZodType };

/** The same filters as fields of a JSON body. */
export const bodyFilter = {
  ...messageFilter,
  resubmitted: z.boolean().optional().describe(RESUBMITTED),
};

/** Page size of all lists. */
export const pageLimit = queryInteger({ min: 1, max: 200 })
  .default(50)
  .describe("Items per page, from 1 to 200.");
