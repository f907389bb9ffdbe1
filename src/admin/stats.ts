/** `GET /api/v1/messages/stats`: figures about messages by time, for charts. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { messageIdTime } from "../model/message-id.ts";
import type { MessageFilter, MessagePage } from "../store/messages/message-list.ts";
import type { Percentiles } from "../store/rollups/duration-class.ts";
import { MINUTE_MS } from "../store/rollups/message-counts.ts";
import { MAX_COUNTED, type MessageStats, type StatsQuery } from "../store/rollups/message-stats.ts";
import { rowsPerPoint } from "../store/rollups/rollup-table.ts";
import { type Points, STATS_BY } from "../store/rollups/stats-sum.ts";
import type { AuditDeps } from "./audit.ts";
import { endpoint } from "./endpoint.ts";
import { messageFilter, pageLimit } from "./message-filter.ts";
import { assertMaySearch, noteSearch } from "./searching.ts";

/** Minutes of a bucket. */
const MINUTES = { minute: 1, "ten-minutes": 10, hour: 60, "six-hours": 360, day: 1440 } as const;
const BUCKETS = ["minute", "ten-minutes", "hour", "six-hours", "day"] as const;
type Bucket = (typeof BUCKETS)[number];

/** The most buckets that the server chooses. */
const GOOD_COUNT = 180;
const MAX_COUNT = 1500;
/** Stored counts that one answer reads, at about 20 µs each: senders wait meanwhile. */
const MAX_ROWS = 3000;
/** Bounds of a text search: the rest is not counted. */
const MAX_SEARCHED = 1000;
const MAX_SEARCH_MS = 500;
const PAGE = 200;

const query = z.strictObject({
  ...messageFilter,
  bucket: z
    .enum(BUCKETS)
    .optional()
    .describe("The length of a bucket, in UTC; without it the server chooses at most 180 buckets."),
  by: z.enum(STATS_BY).default("status").describe("What the series are."),
  limit: pageLimit.describe("The number of series, from 1 to 200; the largest come first."),
});

const time = z.iso.datetime();
const milliseconds = z.number().nullable();
const counts = z.array(z.int()).readonly().describe("By bucket.");

const percentiles = {
  count: z.int().describe("Executions with a duration: that of the last attempt."),
  p50: milliseconds,
  p95: milliseconds,
  p99: milliseconds,
};

const percentileLine = z.array(milliseconds).readonly();
const figures = { count: z.int(), failedCount: z.int(), counts, failed: counts };

const answer = z
  .object({
    from: time,
    to: time,
    bucket: z.enum(BUCKETS),
    by: z.enum(STATS_BY),
    times: z.array(time).readonly().describe("The start of each bucket."),
    ...figures,
    durations: z
      .object({
        ...percentiles,
        buckets: z.object({ p50: percentileLine, p95: percentileLine, p99: percentileLine }),
      })
      .describe(
        "Percentiles of the durations of executions in milliseconds, at most 7 % off; null without any.",
      ),
    series: z
      .array(
        z.object({
          name: z.string().nullable().describe("Null for messages without a provider."),
          ...figures,
          durations: z.object(percentiles),
        }),
      )
      .readonly(),
    otherCount: z.int().describe("The count of the series beyond `limit`."),
    countedFrom: time
      .nullable()
      .describe(
        "Messages received before this time are counted only in part, because there are too many for these filters or the server has not counted them yet. Null when all are counted.",
      ),
  })
  .meta({ id: "MessageStats" });

const DESCRIPTION = `Counts messages; with \`by=function\` executions. \`failed\` counts those with the status \`FAILED\`.

All filters of the list apply. With \`status\`, \`provider\`, \`function\`, \`from\` and \`to\` all messages are counted.
With other filters at most ${MAX_COUNTED} are, the newest first, with \`q\` at most ${MAX_SEARCHED}; \`countedFrom\` says how far.`;

export interface StatsDeps extends AuditDeps {
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
}

export const messageStats = (deps: StatsDeps) =>
  endpoint({
    method: "get",
    path: "/messages/stats",
    permission: "messages:read",
    operationId: "getMessageStats",
    refuses: ["unprocessable"],
    summary: "Counts of messages and percentiles of durations, by time",
    description: DESCRIPTION,
    query,
    answers: { 200: { description: "Points and series", schema: answer } },
    handle: async ({ query: { bucket: wanted, by, limit, q, ...filter }, caller }) => {
      assertMaySearch({ q }, caller);
      const { store, now } = deps;
      const range = rangeOf(filter, now(), store.rollups.stats.oldest());
      const bucket = wanted ?? bucketFor(range);
      const points = pointsOf(range, bucket);
      const { stats } = store.rollups;
      if (filter.problem !== undefined || stats.uncounted() > MAX_COUNTED) await caughtUp(deps);
      const asked = { filter: { ...filter, ...range }, by, points };
      const { sum, countedFrom } =
        q === undefined ? stats.read(asked) : await searched(asked, q, deps);
      noteSearch({ q, ...filter }, caller, deps);
      const { name: _, durations, ...total } = sum.total();
      const { series, other: otherCount } = sum.series(limit);
      const buckets = lines(sum.durations());
      const body = {
        from: iso(range.from),
        to: iso(Math.min(range.to, Math.max(range.from, now()))),
        bucket,
        by,
        times: timesOf(points),
        ...total,
        durations: { ...durations, buckets },
        series,
        otherCount,
        countedFrom: countedFrom === null ? null : iso(countedFrom),
      };
      return { status: 200, body };
    },
  });

/** Without `from` since the oldest message, without `to` until now. */
function rangeOf(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  now: number,
  oldest = now,
) {
  // The present minute is counted whole.
  const end = to ?? Math.floor(now / MINUTE_MS + 1) * MINUTE_MS;
  const start = from ?? Math.min(oldest, end);
  if (start <= end) return { from: start, to: end };
  throw new HookyardError(
    "unprocessable",
    `from is ${iso(start)} and to is ${iso(end)}: expected from to be the earlier one`,
  );
}

type Range = ReturnType<typeof rangeOf>;

const bucketFor = (range: Range): Bucket =>
  BUCKETS.find((bucket) => countOf(range, bucket) <= GOOD_COUNT) ?? "day";

const countOf = ({ from, to }: Range, bucket: Bucket): number => {
  const ms = MINUTES[bucket] * MINUTE_MS;
  return Math.max(1, Math.ceil(to / ms) - Math.floor(from / ms));
};

function pointsOf(range: Range, bucket: Bucket): Points {
  const count = countOf(range, bucket);
  const minutes = MINUTES[bucket];
  const start = Math.floor(range.from / MINUTE_MS / minutes) * minutes;
  const most = Math.min(MAX_COUNT, Math.floor(MAX_ROWS / rowsPerPoint(minutes)));
  if (count <= most) return { start, minutes, count };
  throw new HookyardError(
    "unprocessable",
    `found ${count} buckets of the length ${bucket}, expected at most ${most}: choose a longer bucket, or a shorter time with from and to`,
  );
}

const timesOf = ({ start, minutes, count }: Points): readonly string[] =>
  Array.from({ length: count }, (_, index) => iso((start + index * minutes) * MINUTE_MS));

/** If the messages cannot be counted now, for example because the disk is full, `countedFrom` tells it. */
const caughtUp = ({ store, now }: StatsDeps): Promise<void> => store.rollups.catchUp(now());

async function searched(asked: StatsQuery, q: string, deps: StatsDeps): Promise<MessageStats> {
  const ids: string[] = [];
  const until = performance.now() + MAX_SEARCH_MS;
  for (let before: string | undefined; ; ) {
    const page = await deps.list({ ...asked.filter, q, before, limit: PAGE });
    ids.push(...page.items.map(({ id }) => id));
    before = page.nextCursor ?? undefined;
    if (before !== undefined && ids.length < MAX_SEARCHED && performance.now() < until) continue;
    const countedFrom = before === undefined ? null : messageIdTime(before);
    return { sum: deps.store.rollups.stats.readGiven(ids, asked), countedFrom };
  }
}

const lines = (durations: readonly Percentiles[]) => ({
  p50: durations.map(({ p50 }) => p50),
  p95: durations.map(({ p95 }) => p95),
  p99: durations.map(({ p99 }) => p99),
});

const iso = (ms: number): string => new Date(ms).toISOString();
