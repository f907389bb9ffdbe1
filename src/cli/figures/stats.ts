/** `stats`: counts of messages and durations of executions by time. */
import type { Command } from "commander";
import { z } from "zod";
import { contextOf } from "../context.ts";
import { type FilterOptions, filterOf } from "../messages/filter.ts";
import { shortTime } from "../messages/list.ts";
import { json, line, remark, table } from "../print.ts";
import { sparkline } from "./sparkline.ts";

const percentiles = {
  count: z.number(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
};

const stats = z.looseObject({
  from: z.string(),
  to: z.string(),
  bucket: z.string(),
  count: z.number(),
  failedCount: z.number(),
  counts: z.array(z.number()),
  durations: z.looseObject(percentiles),
  series: z.array(
    z.looseObject({
      name: z.string().nullable(),
      count: z.number(),
      failedCount: z.number(),
      counts: z.array(z.number()),
      durations: z.looseObject(percentiles),
    }),
  ),
  otherCount: z.number(),
  countedFrom: z.string().nullable(),
});

export interface StatsOptions extends FilterOptions {
  readonly by: string;
  readonly bucket?: string;
  readonly limit: number;
}

export async function showStats(options: StatsOptions, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const { by, bucket, limit } = options;
  const query = { ...filterOf(options), by, bucket, limit };
  const found = await api.read("/messages/stats", stats, { query });
  if (asJson) return json(found);
  const { from, to, series, count, failedCount, counts, durations, otherCount } = found;
  line(`${shortTime(from)} to ${shortTime(to)}, by ${found.bucket}`);
  const rows = series.map(({ name, ...one }) => row(name ?? "-", one));
  const others = otherCount === 0 ? [] : [["(others)", String(otherCount)]];
  const total = row("(all)", { count, failedCount, counts, durations });
  table([by.toUpperCase(), ...COLUMNS], [...rows, ...others, total]);
  if (found.countedFrom !== null)
    remark(
      `Messages before ${shortTime(found.countedFrom)} are counted only in part: use --from, or fewer filters.`,
    );
}

const COLUMNS = ["COUNT", "FAILED", "P50 MS", "P95 MS", "P99 MS", "BY TIME"];

function row(
  name: string,
  {
    count,
    failedCount,
    counts,
    durations,
  }: Pick<z.infer<typeof stats>, "count" | "failedCount" | "counts" | "durations">,
): readonly string[] {
  const percentileCells = [durations.p50, durations.p95, durations.p99].map((ms) =>
    String(ms ?? "-"),
  );
  return [name, String(count), String(failedCount), ...percentileCells, sparkline(counts)];
}
