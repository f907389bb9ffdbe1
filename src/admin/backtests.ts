/** `/api/v1/backtests`: drafts over past messages, as jobs that are looked at while they run. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { BacktestPlan, OpenComparer } from "../model/backtest.ts";
import type { MessageFilter, MessagePage } from "../store/message-list.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditSurroundings, noteRead } from "./audit.ts";
import { BacktestJob } from "./backtest-job.ts";
import { planOf } from "./backtest-plan.ts";
import {
  backtestBody,
  backtestSchema,
  type ComparedItem,
  comparedSchema,
} from "./backtest-schemas.ts";
import type { ChangeSurroundings } from "./definition-changes.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { pageLimit } from "./message-filter.ts";

/** Kept until others take their place, or the server ends. */
const MAX_KEPT = 10;
const PAGE = 200;

export interface BacktestSurroundings extends ChangeSurroundings, AuditSurroundings {
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly openComparer: (plan: BacktestPlan) => OpenComparer;
}

type Jobs = Map<string, BacktestJob>;

export function backtestEndpoints(around: BacktestSurroundings): readonly Endpoint[] {
  const jobs: Jobs = new Map();
  return [start(around, jobs), list(jobs), show(jobs), items(jobs), cancel(jobs)];
}

const start = (around: BacktestSurroundings, jobs: Jobs) =>
  endpoint({
    method: "post",
    path: "/backtests",
    permission: "scripts:write",
    summary: "What drafts would change over past messages, before they are put to use",
    body: backtestBody,
    maxBodyBytes: 16 * 1024 * 1024,
    answers: { 202: { description: "It runs", schema: backtestSchema } },
    handle: async ({ body, caller }) => {
      // Over no message drafts are only checked: nothing is read, and nobody is waited for.
      const reads = body.last > 0;
      if (reads) {
        mustRest(jobs);
        assertMay(
          caller,
          "messages:details",
          "a backtest asks for, as its scripts read past messages",
        );
      }
      const plan = await planOf(body, around.scripts);
      const ids = await newestIds(around.list, body.filter, body.last);
      // Somebody else may have started one meanwhile.
      if (reads) mustRest(jobs);
      const providers = plan.providers.filter(({ active }) => active).map(({ name }) => name);
      const comparer = around.openComparer(plan);
      const job = new BacktestJob({ total: ids.length, providers, comparer }, around.now);
      keep(job, jobs);
      const after = { messages: ids.length, filter: Object.keys(body.filter ?? {}) };
      if (reads)
        noteRead({ caller, action: "backtest.start", target: job.state.id, after }, around);
      const ended = job.run(ids, (id) => around.store.find(id));
      if (!reads) await ended;
      const location = `/api/v1/backtests/${job.state.id}`;
      return { status: 202, headers: { location }, body: job.state };
    },
  });

/** One at a time: they take what the machine has left. */
function mustRest(jobs: Jobs): void {
  const running = [...jobs.values()].find(({ state }) => state.state === "RUNNING");
  if (running === undefined) return;
  const { id, done, total } = running.state;
  const detail = `backtest ${id} is running, ${done} of ${total} messages are done: wait for it, or DELETE /api/v1/backtests/${id}`;
  throw new HookyardError("conflict", detail);
}

function keep(job: BacktestJob, jobs: Jobs): void {
  jobs.set(job.state.id, job);
  const [oldest] = jobs.keys();
  if (jobs.size > MAX_KEPT && oldest !== undefined) jobs.delete(oldest);
}

/** In pages, between which others have their turn. */
async function newestIds(
  list: BacktestSurroundings["list"],
  filter: z.infer<typeof backtestBody>["filter"],
  last: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let before: string | undefined; ids.length < last; ) {
    const limit = Math.min(PAGE, last - ids.length);
    const page = await list({ ...filter, before, limit });
    ids.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) break;
    before = page.nextCursor;
    await nextTurn();
  }
  return ids;
}

const byId = z.object({ id: z.string() });

function find(jobs: Jobs, id: string): BacktestJob {
  const job = jobs.get(id);
  if (job !== undefined) return job;
  const detail = `there is no backtest ${JSON.stringify(id.slice(0, 100))}: the last ${MAX_KEPT} since the start of the server are kept`;
  throw new HookyardError("not_found", detail);
}

const list = (jobs: Jobs) =>
  endpoint({
    method: "get",
    path: "/backtests",
    permission: "scripts:read",
    summary: "The last backtests since the start of the server, newest first",
    answers: {
      200: { description: "Their states", schema: z.object({ items: z.array(backtestSchema) }) },
    },
    handle: () => ({
      status: 200,
      body: { items: [...jobs.values()].reverse().map(({ state }) => state) },
    }),
  });

const show = (jobs: Jobs) =>
  endpoint({
    method: "get",
    path: "/backtests/:id",
    permission: "scripts:read",
    summary: "How far a backtest is, and what it found",
    params: byId,
    answers: { 200: { description: "Its state", schema: backtestSchema } },
    handle: ({ params }) => ({ status: 200, body: find(jobs, params.id).state }),
  });

const WHICH = ["changed", "byNobody", "bySeveral", "faults", "failing", "all"] as const;

const IS: Readonly<Record<(typeof WHICH)[number], (item: ComparedItem) => boolean>> = {
  changed: ({ differences }) => differences.length > 0,
  byNobody: ({ claimedBy }) => claimedBy.length === 0,
  bySeveral: ({ claimedBy }) => claimedBy.length > 1,
  faults: ({ faults }) => faults.length > 0,
  failing: ({ after }) => after.functions.some(({ outcome }) => outcome === "FAILED"),
  all: () => true,
};

const items = (jobs: Jobs) =>
  endpoint({
    method: "get",
    path: "/backtests/:id/items",
    permission: "messages:details",
    summary: "The messages whose result would change, newest first; or others that are remarkable",
    params: byId,
    query: z.strictObject({
      which: z
        .enum(WHICH)
        .default("changed")
        .describe("Which messages: those whose result would change, or others."),
      limit: pageLimit,
      cursor: z.coerce
        .number<string>()
        .int()
        .min(0)
        .default(0)
        .describe("The `nextCursor` of an earlier page."),
    }),
    answers: {
      200: {
        description: "A page of the list, as far as it is known",
        schema: z.object({
          items: z.array(comparedSchema),
          nextCursor: z.string().nullable(),
        }),
      },
    },
    handle: ({ params, query: { which, cursor, limit } }) => {
      const all = find(jobs, params.id).items.filter(IS[which]);
      const page = all.slice(cursor, cursor + limit);
      const isLast = cursor + limit >= all.length;
      return {
        status: 200,
        body: { items: page, nextCursor: isLast ? null : String(cursor + limit) },
      };
    },
  });

const cancel = (jobs: Jobs) =>
  endpoint({
    method: "delete",
    path: "/backtests/:id",
    permission: "scripts:write",
    summary: "Ends a backtest; what it found so far stays",
    params: byId,
    answers: { 200: { description: "Its state", schema: backtestSchema } },
    handle: async ({ params }) => {
      const job = find(jobs, params.id);
      await job.cancel();
      return { status: 200, body: job.state };
    },
  });
