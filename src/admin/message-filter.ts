/** What lists and bulk calls say about the messages they mean, and how any request is read. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
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

/** Throws `bad_request`, which lists everything that is wrong with `value`. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new HookyardError("bad_request", z.prettifyError(parsed.error));
  return parsed.data;
}
