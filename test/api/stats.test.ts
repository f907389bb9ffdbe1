/** `GET /messages/stats`: what charts are drawn from. */
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();
const providers = { anything: ANYTHING };
const functions = {
  good: fn("good", "export default async (_, ctx) => { await ctx.sleep(20); };"),
  bad: fn("bad", "export default () => { throw new Error('x'); };"),
};

interface Stats {
  readonly bucket: string;
  readonly times: readonly string[];
  readonly count: number;
  readonly counts: readonly number[];
  readonly series: readonly {
    readonly name: string | null;
    readonly count: number;
    readonly failedCount: number;
    readonly durations: { readonly count: number; readonly p50: number | null };
  }[];
}

const statsOf = async (app: TestApp, query = ""): Promise<Stats> =>
  (await (await app.api(`/messages/stats?${query}`)).json()) as Stats;

const counted = ({ series }: Stats) =>
  Object.fromEntries(series.map(({ name, count }) => [name, count]));

test("counts and durations are there as soon as a message has ended, by all filters of the list", async () => {
  const app = await shared.with({ providers, functions });
  for (const uri of ["good", "bad", "good", "none"])
    await app.ended(await idIn(await app.send(uri, { body: `to ${uri}` })));
  const byStatus = await statsOf(app);
  expect(counted(byStatus)).toEqual({ SUCCESS: 2, FAILED: 1, UNMATCHED: 1 });
  expect(byStatus.counts.reduce((a, b) => a + b)).toBe(4);
  expect(byStatus.times.length).toBe(byStatus.counts.length);
  expect(counted(await statsOf(app, "by=provider"))).toEqual({ anything: 4 });
  const { series } = await statsOf(app, "by=function");
  expect(series).toMatchObject([
    { name: "good", count: 2, failedCount: 0, durations: { count: 2 } },
    { name: "bad", count: 1, failedCount: 1, durations: { count: 1 } },
  ]);
  expect(series[0]?.durations.p50).toBeGreaterThan(18);
  const few = ["function=bad", "status=FAILED", "uri=bad", "q=TO+BAD", "uri=bad&status=FAILED"];
  for (const query of few) expect(counted(await statsOf(app, query)), query).toEqual({ FAILED: 1 });
  for (const query of ["eventType=x", "resubmitted=true", "provider=other", "q=nowhere"])
    expect(counted(await statsOf(app, query)), query).toEqual({});
  expect((await statsOf(app, "limit=1")).series.length).toBe(1);
});

test("the bucket suits the time, unless it is chosen", async () => {
  const app = await shared.with({ providers, functions });
  const bucketOf = async (from: string) =>
    (await statsOf(app, `from=${from}&to=2026-02-01T00:00:00Z`)).bucket;
  expect(await bucketOf("2026-01-31T23:00:00Z")).toBe("minute");
  expect(await bucketOf("2026-01-31T00:00:00Z")).toBe("ten-minutes");
  expect(await bucketOf("2026-01-25T00:00:00Z")).toBe("hour");
  expect(await bucketOf("2025-03-01T00:00:00Z")).toBe("day");
  const { times } = await statsOf(
    app,
    "from=2026-01-31T21:30:00Z&to=2026-02-01T00:30:00Z&bucket=day",
  );
  expect(times).toEqual(["2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]);
});

test.each([
  ["from=2020-01-01T00:00:00Z&bucket=minute", 422, /found \d+ buckets .* at most 1500/],
  ["from=2020-01-01T00:00:00Z&bucket=ten-minutes", 422, /found \d+ buckets .* at most 300/],
  ["from=2020-01-01T00:00:00Z&bucket=six-hours", 422, /found \d+ buckets .* at most 500/],
  ["from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422, /expected from to be the earlier one/],
  ["by=colour", 400, /by: /],
  ["bucket=week", 400, /bucket: /],
  ["problem=x", 400, /expected the key of a problem/],
])("%s is refused with what was expected", async (query, status, detail) => {
  const app = await shared.with({ providers, functions });
  const response = await app.api(`/messages/stats?${query}`);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ detail: expect.stringMatching(detail) });
});
