/** Part of the load process: sends with autocannon, with a unique delivery id per request. */
import { randomUUID } from "node:crypto";
import autocannon from "autocannon";
import { type FloodJob, type JobResult, sharedNow } from "./load-jobs.ts";

const ANSWER_WITHIN_SECONDS = 20;
/** How often autocannon checks whether it is done, in milliseconds; its own figures are not used. */
const LOOK_EVERY_MS = 20;

/** Measures from before the connections open to the last answer. */
export function flood({ url, headers, body, amount, connections }: FloodJob): Promise<JobResult> {
  const { promise, resolve, reject } = Promise.withResolvers<JobResult>();
  const statuses: Record<string, number> = {};
  const startedAt = sharedNow();
  let endedAt = startedAt;
  const options: autocannon.Options = {
    url,
    connections,
    amount,
    timeout: ANSWER_WITHIN_SECONDS,
    sampleInt: LOOK_EVERY_MS,
    method: "POST",
    headers,
    body,
    requests: [{ setupRequest: withDeliveryId }],
  };
  const instance = autocannon(options, (error: unknown, result) => {
    if (error) reject(error instanceof Error ? error : new Error(String(error)));
    else resolve({ startedAt, endedAt, statuses, errors: result.errors, latencies: [] });
  });
  instance.on("response", (_client, status) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    endedAt = sharedNow();
  });
  return promise;
}

/** autocannon creates the object anew for each request, so it may be modified. */
function withDeliveryId(request: autocannon.Request): autocannon.Request {
  if (request.headers !== undefined) request.headers["x-github-delivery"] = randomUUID();
  return request;
}
