/** `backtest`: drafts against the last messages: what would change, before anything does. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { z } from "zod";
import type { Api } from "../api.ts";
import { contextOf } from "../context.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { type FilterOptions, filterOf, isEmpty } from "../messages/filter.ts";
import { json, line, remark, table } from "../print.ts";
import { printable } from "../printable.ts";
import { progressTo } from "../progress.ts";
import { bodyOf, readDrafts } from "./drafts.ts";

const ASK_AGAIN_MS = 250;
const SHOWN = 200;

export interface BacktestOptions extends FilterOptions {
  readonly last: number;
  readonly order?: readonly string[];
  readonly exitCode?: boolean;
}

const started = z.looseObject({ id: z.string() });
const job = z.looseObject({
  status: z.string(),
  done: z.number().optional(),
  total: z.number().optional(),
  summary: z.looseObject({}).nullish(),
  error: z.unknown().optional(),
});
type Job = z.infer<typeof job>;
const page = z.looseObject({
  items: z.array(z.looseObject({ messageId: z.string().optional() })),
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
    query: { limit: SHOWN },
  });
  if (exitCode && items.length > 0) process.exitCode = EXIT.failed;
  if (asJson) return json({ ...ended, id, items, nextCursor });
  tell(ended, items);
}

/** Until it has ended. Cancelled when the one who waits is: nobody would look at it any more. */
async function watch(api: Api, id: string, last: number): Promise<Job> {
  using bar = await progressTo(last, "backtest");
  const cancel = () => {
    void api.call(`/backtests/${id}`, { method: "DELETE" }).finally(() => process.exit(130));
  };
  process.once("SIGINT", cancel);
  try {
    for (;;) {
      const found = await api.read(`/backtests/${id}`, job);
      bar.at(found.done ?? 0, `${found.done ?? 0} of ${found.total ?? last} messages`);
      if (/^(pending|running)$/i.test(found.status)) await sleep(ASK_AGAIN_MS);
      else if (/^(failed|cancelled)$/i.test(found.status))
        throw new Failure(`the backtest ended as ${found.status}: ${JSON.stringify(found.error)}`);
      else return found;
    }
  } finally {
    process.off("SIGINT", cancel);
  }
}

function tell({ summary }: Job, items: z.infer<typeof page>["items"]): void {
  for (const [name, value] of Object.entries(summary ?? {}))
    line(`${name.padEnd(20)} ${printable(JSON.stringify(value))}`);
  if (items.length === 0) remark("No message would end otherwise.");
  else showItems(items);
}

function showItems(items: z.infer<typeof page>["items"]): void {
  table(
    ["MESSAGE", "NOW", "THEN"],
    items.map(({ messageId, before, after }) => [
      messageId ?? "",
      JSON.stringify(before) ?? "",
      JSON.stringify(after) ?? "",
    ]),
  );
}
