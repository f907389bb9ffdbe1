/** `messages resubmit`: resubmits one message by id, or all that match a filter after a confirmation. */
import type { Command } from "commander";
import { counted, summary } from "../answers.ts";
import { confirmed } from "../confirm.ts";
import { type Context, contextOf } from "../context.ts";
import { EXIT, usage } from "../failure.ts";
import { json, line, remark, status } from "../print.ts";
import { type FilterOptions, filterOf, isEmpty } from "./filter.ts";

export interface ResubmitOptions extends FilterOptions {
  readonly run?: readonly string[];
  readonly scripts?: string;
  readonly wait?: boolean | undefined;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly again?: boolean;
}

export async function resubmit(
  id: string | undefined,
  options: ResubmitOptions,
  command: Command,
): Promise<void> {
  const context = contextOf(command);
  const filter = filterOf(options);
  if (id === undefined) return resubmitAll(filter, options, context);
  if (!isEmpty(filter)) throw usage("found an id and a filter, expected one of them");
  if (options.dryRun === true || options.again === true)
    throw usage(
      "found an id together with --dry-run or --again, which need a filter: leave one of them out",
    );
  await resubmitOne(id, options, context);
}

async function resubmitOne(
  id: string,
  { run, scripts, wait = false }: ResubmitOptions,
  { api, json: asJson }: Context,
): Promise<void> {
  const done = await api.read(`/messages/${encodeURIComponent(id)}/resubmit`, summary, {
    method: "POST",
    body: { functions: run, scripts },
    headers: wait ? { "flex-sync-webhook": "true" } : {},
    also: wait ? [404, 500] : [],
  });
  if (done.status !== undefined && !isFine(done.status)) process.exitCode = EXIT.failed;
  if (asJson) return json(done);
  line(`${done.messageId}  ${done.status === undefined ? "accepted" : status(done.status)}`);
  for (const one of done.functions ?? []) line(`  ${status(one.status, 9)} ${one.name}`);
}

async function resubmitAll(
  filter: ReturnType<typeof filterOf>,
  { run, scripts, wait = false, again = false, yes = false, dryRun = false }: ResubmitOptions,
  { api, json: asJson }: Context,
): Promise<void> {
  if (isEmpty(filter))
    throw usage(
      "found neither an id nor a filter: name a message, or select some, for example with --status FAILED",
    );
  // Otherwise each call would resubmit messages again that still match the filter.
  const once = again ? {} : { resubmitted: false };
  const call = (isReal: boolean) =>
    api.read("/messages/resubmit", counted, {
      method: "POST",
      body: { ...filter, ...once, functions: run, scripts, dryRun: !isReal },
      headers: wait && isReal ? { "flex-sync-webhook": "true" } : {},
    });
  const { count } = await call(false);
  if (dryRun || count === 0)
    return asJson ? json({ dryRun: true, count }) : line(`${countOf(count)} would be resubmitted`);
  if (!yes && !(await confirmed(`Resubmit ${countOf(count)}?`)))
    return remark("Nothing was resubmitted.");
  const done = await call(true);
  if (wait && Object.keys(done.statuses ?? {}).some((name) => !isFine(name)))
    process.exitCode = EXIT.failed;
  if (asJson) return json(done);
  line(`${countOf(done.count)} resubmitted${became(done.statuses)}`);
}

/** How many of the new messages have which status; the rest of a sentence. */
function became(statuses: Readonly<Record<string, number>> = {}): string {
  const counts = Object.entries(statuses).map(([name, many]) => `${many} ${status(name)}`);
  return counts.length === 0 ? "" : `: ${counts.join(", ")}`;
}

const isFine = (name: string): boolean => !["FAILED", "UNMATCHED", "REJECTED"].includes(name);

const countOf = (count: number) => (count === 1 ? "1 message" : `${count} messages`);
