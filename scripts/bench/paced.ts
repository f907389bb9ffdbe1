/**
 * Part of the load process: sends requests at even intervals. Autocannon's own rates are bursts at the start of every
 * second, which would measure the burst.
 */
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { type JobResult, type PacedJob, sharedNow } from "./load-jobs.ts";

const ANSWER_WITHIN_MS = 20_000;

interface TimedAnswer {
  readonly status: string;
  readonly latencyMs: number;
}

export async function paced(job: PacedJob): Promise<JobResult> {
  const agent = new Agent({ keepAlive: true });
  const startedAt = sharedNow();
  const sent: Promise<TimedAnswer>[] = [];
  while (sent.length < job.amount) {
    const dueInMs = startedAt + (sent.length * 1000) / job.perSecond - sharedNow();
    if (dueInMs > 0) await new Promise((resolve) => setTimeout(resolve, dueInMs));
    sent.push(send(job, agent));
  }
  const answers = await Promise.all(sent);
  agent.destroy();
  const statuses: Record<string, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    startedAt,
    endedAt: sharedNow(),
    statuses,
    errors: statuses["error"] ?? 0,
    latencies: answers.map(({ latencyMs }) => latencyMs),
  };
}

/** Measures from the first byte written to the last byte read. */
function send({ url, headers, body }: PacedJob, agent: Agent): Promise<TimedAnswer> {
  const { promise, resolve } = Promise.withResolvers<TimedAnswer>();
  const sentAt = performance.now();
  const end = (status: string) => resolve({ status, latencyMs: performance.now() - sentAt });
  const options = {
    method: "POST",
    agent,
    timeout: ANSWER_WITHIN_MS,
    headers: {
      ...headers,
      "content-length": Buffer.byteLength(body),
      "x-github-delivery": randomUUID(),
    },
  };
  const sending = request(url, options, (response) => {
    response.resume().on("end", () => end(String(response.statusCode)));
  });
  sending.on("timeout", () => sending.destroy(new Error("no answer")));
  sending.on("error", () => end("error"));
  sending.end(body);
  return promise;
}
