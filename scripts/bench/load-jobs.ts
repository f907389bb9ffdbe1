/** Messages to and from the load process, over IPC. */
import { z } from "zod";

const target = {
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
};

export const jobSchema = z.discriminatedUnion("kind", [
  /** Sends as fast as the answers come, over `connections` connections. */
  z.object({ kind: z.literal("flood"), ...target, amount: z.int(), connections: z.int() }),
  /** Sends at a fixed rate, whether or not the answers come. */
  z.object({ kind: z.literal("paced"), ...target, amount: z.int(), perSecond: z.number() }),
]);
export type Job = z.infer<typeof jobSchema>;
export type FloodJob = Extract<Job, { kind: "flood" }>;
export type PacedJob = Extract<Job, { kind: "paced" }>;

export const jobResultSchema = z.object({
  /** Milliseconds since the epoch, with fractions. */
  startedAt: z.number(),
  endedAt: z.number(),
  /** Answers by HTTP status. */
  statuses: z.record(z.string(), z.int()),
  errors: z.int(),
  /** Latency of every answer in milliseconds; only for a paced job. */
  latencies: z.array(z.number()),
});
export type JobResult = z.infer<typeof jobResultSchema>;

export const jobAnswerSchema = z.union([jobResultSchema, z.object({ failure: z.string() })]);

/** A clock that all processes share, in milliseconds. */
export const sharedNow = (): number => performance.timeOrigin + performance.now();
