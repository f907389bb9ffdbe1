/** What lists and bulk calls say about what they mean. */
import { z } from "zod";
import { MESSAGE_STATUSES } from "../model/message.ts";

export const time = z.iso
  .datetime({
    offset: true,
    message: "expected an ISO 8601 time with zone, such as 2026-01-31T12:00:00Z",
  })
  .transform((text) => Date.parse(text));

/** All of them together; none means every message. */
export const messageFilter = {
  status: z.enum(MESSAGE_STATUSES).optional(),
  provider: z.string().optional(),
  function: z.string().optional(),
  uri: z.string().optional(),
  eventType: z.string().optional(),
  /** Received then or later. */
  from: time.optional(),
  /** Received before. */
  to: time.optional(),
  /** Text in headers or body. */
  q: z.string().min(1).max(1000).optional(),
};

/** Of a page of any list. */
export const pageLimit = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(200, "expected a whole number from 1 to 200")
  .default(50);
