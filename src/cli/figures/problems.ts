/** `problems`: failures, rejections and unmatched messages grouped by cause; and their mutes. */
import type { Command } from "commander";
import { z } from "zod";
import { amountMs } from "../amount.ts";
import { failure } from "../answers.ts";
import { contextOf } from "../context.ts";
import { usage } from "../failure.ts";
import { timeOf } from "../messages/filter.ts";
import { shortTime } from "../messages/list.ts";
import { json, line, remark, table } from "../print.ts";
import { oneLine } from "../printable.ts";
import { sparkline } from "./sparkline.ts";

const CAUSE_LENGTH = 100;

const problem = z.looseObject({
  key: z.string(),
  kind: z.string(),
  provider: z.string().nullable(),
  function: z.string().nullable(),
  error: failure.nullable(),
  reason: z.string().nullable(),
  uri: z.string().nullable(),
  count: z.number(),
  last: z.string(),
  messageId: z.string(),
  counts: z.array(z.number()),
  muted: z.looseObject({ until: z.string().nullable() }).nullable(),
});
type Problem = z.infer<typeof problem>;

const page = z.looseObject({ items: z.array(problem), nextCursor: z.string().nullable() });

export interface ProblemsOptions {
  readonly kind?: string;
  readonly provider?: string;
  readonly function?: string;
  readonly from?: string;
  readonly to?: string;
  readonly all?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

export async function listProblems(options: ProblemsOptions, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const now = Date.now();
  const { all, from, to, ...filter } = options;
  const times = { from: timeOf("--from", from, now), to: timeOf("--to", to, now) };
  const query = { ...filter, ...times, muted: all === true ? undefined : false };
  const found = await api.read("/problems", page, { query });
  if (asJson) return json(found);
  if (found.items.length === 0) return remark("No problem matches.");
  table(
    ["LAST", "KEY", "COUNT", "BY TIME", "WHERE", "CAUSE"],
    found.items.map((one) => [
      shortTime(one.last),
      one.key,
      String(one.count),
      sparkline(one.counts),
      one.function ?? one.provider ?? "-",
      `${causeOf(one)}${one.muted === null ? "" : " (muted)"}`,
    ]),
  );
  if (found.nextCursor !== null)
    remark(`There are more problems: --cursor ${found.nextCursor}, or a higher --limit.`);
  remark("Resubmit the messages of one: hookyard messages resubmit --problem <key>");
}

/** Cut on a terminal only. */
function causeOf({ kind, error, reason, uri }: Problem): string {
  const length = process.stdout.isTTY ? CAUSE_LENGTH : Number.POSITIVE_INFINITY;
  if (uri !== null) return oneLine(`no match for /${uri}`, length);
  if (error === null) return oneLine(`rejected: ${reason ?? "-"}`, length);
  const place = error.line === undefined ? "" : ` (${error.file ?? "line"} ${error.line})`;
  const text = `${error.name}: ${error.message ?? "-"}${place}`;
  return oneLine(kind === "REJECTION" ? `rejected: ${text}` : text, length);
}

export interface MuteOptions {
  readonly until?: string;
}

export async function muteProblem(
  key: string,
  { until }: MuteOptions,
  command: Command,
): Promise<void> {
  await change(key, { muted: true, until: until && laterTime(until, Date.now()) }, command);
}

export const unmuteProblem = (key: string, _: object, command: Command): Promise<void> =>
  change(key, { muted: false }, command);

async function change(key: string, body: object, command: Command): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const path = `/problems/${encodeURIComponent(key)}`;
  const done = await api.read(path, problem, { method: "PATCH", body });
  if (asJson) return json(done);
  const until = done.muted?.until ?? "it happens again";
  line(`${done.key}  ${done.muted === null ? "not muted" : `muted until ${until}`}`);
}

/** A time, or an amount from now. */
function laterTime(text: string, now: number): string {
  const amount = amountMs(text, "smhd");
  const at = amount === undefined ? Date.parse(text) : now + amount;
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw usage(
    `--until: found ${JSON.stringify(text)}, expected a time such as 2026-01-31T12:00:00Z, or a time from now, such as 12h`,
  );
}
