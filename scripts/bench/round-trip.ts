/** Measures the latency of answers at a given rate, from the first byte sent to the last byte received. */
import { URI } from "./installation.ts";
import { assertAll, drained } from "./message-log.ts";
import type { Push } from "./push.ts";
import { messagesUrl, type Targets } from "./rounds.ts";
import { percentile } from "./statistics.ts";

export interface RoundTrip {
  readonly p50: number;
  readonly p99: number;
}

const both = (latencies: readonly number[]): RoundTrip => ({
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
});

export interface RoundTrips {
  readonly bare: RoundTrip;
  /** Answered with 202. */
  readonly async: RoundTrip;
  /** Answered with 200, once the functions have ended. */
  readonly sync: RoundTrip;
}

export async function measureRoundTrips(
  { bare, hookyard, load, push }: Targets,
  perSecond: number,
  seconds: number,
): Promise<RoundTrips> {
  const amount = Math.max(1, Math.round(perSecond * seconds));
  const job = { kind: "paced", amount, perSecond, body: push.body } as const;
  const plain = await load.run({ ...job, url: bare.url, headers: push.headers }, 202);
  const measure = async (headers: Push["headers"], status: number) => {
    const url = messagesUrl(hookyard, URI);
    const answered = await load.run({ ...job, url, headers }, status);
    await drained(hookyard);
    await assertAll(hookyard, answered.startedAt, { amount, status: "SUCCESS" });
    return both(answered.latencies);
  };
  const async = await measure(push.headers, 202);
  const sync = await measure({ ...push.headers, "flex-sync-webhook": "true" }, 200);
  return { bare: both(plain.latencies), async, sync };
}
