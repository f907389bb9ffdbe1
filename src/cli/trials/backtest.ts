/** `backtest`: shows what drafts would change for the last messages. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { z } from "zod";
import type { Api } from "../api.ts";
import { contextOf } from "../context.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { type FilterOptions, filterOf, isEmpty } from "../messages/filter.ts";
import { shortTime } from "../messages/list.ts";
import { json, line, remark, table } from "../print.ts";
import { progressTo } from "../progress.ts";
import { bodyOf, readDrafts } from "./drafts.ts";

const POLL_MS = 250;
const MAX_SHOWN = 200;

export interface BacktestOptions extends FilterOptions {
  readonly last: number;
  readonly order?: readonly string[];
  readonly exitCode?: boolean;
}

const started = z.looseObject({ id: z.string() });
const job = z.looseObject({
  /** The server's name for the status; `status` is read too, so that the API can rename it. */
  state: z.string().optional(),
  status: z.string().optional(),
  problem: z.string().nullish(),
  total: z.number(),
  done: z.number(),
  summary: z.looseObject({
    changed: z.number(),
    otherProvider: z.number(),
    otherOutcome: z.number(),
    byNobody: z.number(),
    bySeveral: z.number(),
    failing: z.number().optional(),
    unsteady: z.number().optional(),
  }),
});
type Job = z.infer<typeof job>;
const resultSchema = z.looseObject({
  decision: z.string(),
  provider: z.string().nullable(),
  functions: z.array(z.looseObject({ name: z.string(), outcome: z.string().optional() })),
});
type MessageResult = z.infer<typeof resultSchema>;
const page = z.looseObject({
  items: z.array(
    z.looseObject({
      messageId: z.string(),
      receivedAt: z.string(),
      uri: z.string(),
      before: resultSchema,
      after: resultSchema,
      differences: z.array(z.string()),
    }),
  ),
  nextCursor: z.string().nullish(),
});

export async function backtest(
  folders: readonly string[],
  { last, order, exitCode = false, ...options }: BacktestOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const drafts = readDrafts(folders);
  if (drafts.length === 0 && order === undefined)
    throw usage("found neither drafts nor --order, expected folders of providers or functions");
  const of = (kind: "provider" | "function") =>
    drafts.filter((one) => one.kind === kind).map(bodyOf);
  const filter = filterOf(options);
  const body = {
    ...(of("provider").length > 0 ? { providers: of("provider") } : {}),
    ...(of("function").length > 0 ? { functions: of("function") } : {}),
    ...(order === undefined ? {} : { order }),
    ...(isEmpty(filter) ? {} : { filter }),
    last,
  };
  const { id } = await api.read("/backtests", started, { method: "POST", body });
  const ended = await watch(api, id, last);
  const { items, nextCursor } = await api.read(`/backtests/${id}/items`, page, {
    query: { limit: MAX_SHOWN },
  });
  if (exitCode && items.length > 0) process.exitCode = EXIT.failed;
  if (asJson) return json({ ...ended, id, items, nextCursor });
  printResult(ended, items);
}

/** Waits for the end. Ctrl-C cancels the backtest on the server, because its result would not be read. */
async function watch(api: Api, id: string, last: number): Promise<Job> {
  using bar = await progressTo(last, "backtest");
  const cancel = () => {
    void api.call(`/backtests/${id}`, { method: "DELETE" }).finally(() => process.exit(130));
  };
  process.once("SIGINT", cancel);
  try {
    for (;;) {
      const found = await api.read(`/backtests/${id}`, job);
      bar.at(found.done, `${found.done} of ${found.total} messages`);
      const status = found.status ?? found.state;
      if (status === "DONE") return found;
      if (status !== "RUNNING")
        throw new Failure(`the backtest ended as ${status}: ${found.problem ?? "no reason"}`);
      await sleep(POLL_MS);
    }
  } finally {
    process.off("SIGINT", cancel);
  }
}

function printResult({ done, summary }: Job, items: z.infer<typeof page>["items"]): void {
  const { changed, otherProvider, otherOutcome, byNobody, bySeveral } = summary;
  const { failing = 0, unsteady = 0 } = summary;
  if (items.length > 0)
    table(
      ["RECEIVED", "ID", "URI", "WHAT WOULD CHANGE", "FROM", "TO"],
      items.map(({ messageId, receivedAt, uri, differences, before, after }) => [
        shortTime(receivedAt),
        messageId,
        `/${uri}`,
        differences.join(", "),
        resultText(before),
        resultText(after),
      ]),
    );
  line(`${changed} of ${done} messages would end otherwise`);
  line(`  ${otherProvider} with another provider, ${otherOutcome} with another outcome`);
  line(`  ${byNobody} matched by no provider, ${bySeveral} by several`);
  if (failing > 0) line(`  ${failing} with a function that fails`);
  if (unsteady > 0) line(`  ${unsteady} with a function whose result differs from run to run`);
  if (changed > items.length) remark(`Only ${items.length} of them are shown.`);
}

function resultText({ decision, provider, functions }: MessageResult): string {
  const ran = functions.map(({ name, outcome }) => `${name} ${outcome ?? ""}`.trim());
  return [provider ?? decision, ...ran].join(", ");
}
