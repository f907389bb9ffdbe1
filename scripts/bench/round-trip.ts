/** How long a synchronous call takes at a given rate, from the first byte sent to the last byte of the answer. */
import { URI } from "./installation.ts";
import { assertAll } from "./message-log.ts";
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

export async function measureRoundTrips(
  { bare, hookyard, load, push }: Targets,
  perSecond: number,
  seconds: number,
): Promise<{ readonly bare: RoundTrip; readonly hookyard: RoundTrip }> {
  const amount = Math.max(1, Math.round(perSecond * seconds));
  const job = { kind: "paced", amount, perSecond, body: push.body } as const;
  const plain = await load.run({ ...job, url: bare.url, headers: push.headers }, 202);
  const headers = { ...push.headers, "flex-sync-webhook": "true" };
  const sync = await load.run({ ...job, url: messagesUrl(hookyard, URI), headers }, 200);
  await assertAll(hookyard, sync.startedAt, { amount, status: "SUCCESS" });
  return { bare: both(plain.latencies), hookyard: both(sync.latencies) };
}
