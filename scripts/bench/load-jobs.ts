/** What the load process is asked for and what it answers, over IPC. */
import { z } from "zod";

const target = {
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
};

export const jobSchema = z.discriminatedUnion("kind", [
  /** As fast as the answers come, over so many connections. */
  z.object({ kind: z.literal("flood"), ...target, amount: z.int(), connections: z.int() }),
  /** At a fixed rate, whether or not the answers come. */
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
  /** Of every answer, in milliseconds; only of a paced job. */
  latencies: z.array(z.number()),
});
export type JobResult = z.infer<typeof jobResultSchema>;

export const jobAnswerSchema = z.union([jobResultSchema, z.object({ failure: z.string() })]);

/** The clock all processes share, in milliseconds. */
export const sharedNow = (): number => performance.timeOrigin + performance.now();
