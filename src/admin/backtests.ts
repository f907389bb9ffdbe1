/** `/api/v1/backtests`: runs drafts over past messages, as jobs whose results can be read while they run. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import type { BacktestPlan, OpenComparer } from "../model/backtest.ts";
import type { Caller } from "../model/permission.ts";
import type { MessageFilter, MessagePage } from "../store/messages/message-list.ts";
import { assertMay } from "./assert-may.ts";
import { type AuditDeps, noteRead } from "./audit.ts";
import { BacktestJob } from "./backtest-job.ts";
import { BacktestJobs } from "./backtest-jobs.ts";
import { planOf } from "./backtest-plan.ts";
import {
  backtestBody,
  backtestSchema,
  type ComparedItem,
  comparedSchema,
} from "./backtest-schemas.ts";
import type { ChangeDeps } from "./definition-changes.ts";
import { assertMayGrant, draftNote } from "./drafts.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { pageLimit } from "./message-filter.ts";
import { queryInteger } from "./query-values.ts";

const PAGE = 200;

export interface BacktestDeps extends ChangeDeps, AuditDeps {
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly openComparer: (plan: BacktestPlan) => OpenComparer;
}

export function backtestEndpoints(deps: BacktestDeps): readonly Endpoint[] {
  const jobs = new BacktestJobs();
  return [start(deps, jobs), list(jobs), show(jobs), items(deps, jobs), cancel(deps, jobs)];
}

const start = (deps: BacktestDeps, jobs: BacktestJobs) =>
  endpoint({
    method: "post",
    path: "/backtests",
    permission: "scripts:write",
    operationId: "startBacktest",
    refuses: ["conflict", "script_refused"],
    summary: "Shows what drafts would change for past messages, before they are installed",
    description: START,
    body: backtestBody,
    examples: {
      "another order": { order: ["gitlab", "github"], last: 100 },
      "a changed function": {
        functions: [{ name: "greet", script: 'export default () => "hello";' }],
      },
    },
    maxBodyBytes: 16 * 1024 * 1024,
    answers: {
      202: { description: "The backtest runs, or the drafts were checked", schema: backtestSchema },
    },
    handle: async ({ body, caller, watchToken }) => {
      const reads = body.last > 0;
      if (reads) assertMay(caller, "messages:details", READS_MESSAGES);
      using stack = new DisposableStack();
      const permit = stack.use(jobs.permit(reads));
      const plan = await planOf(body, deps.scripts);
      for (const fn of plan.functions)
        if (plan.drafts.has(fn.name)) assertMayGrant(caller, fn, deps.scripts);
      if (!reads) return { status: 202, body: checkedState(plan, deps) };
      const life = stack.use(watchToken());
      const ids = await newestIds(deps.list, body.filter, body.last);
      life.assertGood();
      const comparer = deps.openComparer(plan);
      const job = new BacktestJob({ total: ids.length, ...namesOf(plan), comparer }, deps.now);
      await noteStart(job, body, { plan, caller, deps }).catch(async (error: unknown) => {
        await job.cancel();
        throw error;
      });
      jobs.keep(job, permit);
      life.ended.addEventListener("abort", () => void job.cancel(TOKEN_ENDED));
      const resources = stack.move();
      void job.run(ids, (id) => deps.store.find(id)).finally(() => resources.dispose());
      const location = `/api/v1/backtests/${job.state.id}`;
      return { status: 202, headers: { location }, body: job.state };
    },
  });

const START =
  "With `last: 0` the drafts are only checked: no message is read, and the response is the whole result. A backtest is cancelled when the token that started it is deleted, expires or changes.";
const READS_MESSAGES = "a backtest needs, as its scripts read past messages";
const TOKEN_ENDED =
  "the token that started it was deleted, has expired or has other permissions now";

const namesOf = ({ providers }: BacktestPlan) => ({
  providers: providers.filter(({ active }) => active).map(({ name }) => name),
});

/** The state of a draft check: nothing runs, so nothing is kept for later. */
function checkedState(plan: BacktestPlan, { now }: BacktestDeps) {
  const comparer = {
    compare: () => Promise.reject(),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const job = new BacktestJob({ total: 0, ...namesOf(plan), comparer }, now);
  return { ...job.state, state: "DONE", endedAt: job.state.startedAt } as const;
}

/** The entry is on disk before anything runs. */
async function noteStart(
  job: BacktestJob,
  { providers, functions, filter }: z.infer<typeof backtestBody>,
  {
    plan,
    caller,
    deps,
  }: {
    readonly plan: BacktestPlan;
    readonly caller: Caller;
    readonly deps: BacktestDeps;
  },
): Promise<void> {
  const draftNames = new Set(providers.map(({ name }) => name));
  const drafts = [
    ...plan.providers
      .filter(({ name }) => draftNames.has(name))
      .map((one) => draftNote("provider", one)),
    ...plan.functions
      .filter(({ name }) => plan.drafts.has(name))
      .map((one) => draftNote("function", one)),
  ];
  await deps.store.audit.note({
    at: deps.now(),
    caller: caller.name,
    action: "backtest.start",
    target: job.state.id,
    after: {
      messages: job.state.total,
      filter: Object.keys(filter),
      effects: "record",
      drafts,
      functions: functions.length,
    },
  });
}

/** Reads pages, and lets other work run between them. */
async function newestIds(
  list: BacktestDeps["list"],
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

const byId = z.object({ id: z.string().describe("The id of the backtest.") });

const list = (jobs: BacktestJobs) =>
  endpoint({
    method: "get",
    path: "/backtests",
    permission: "scripts:read",
    operationId: "listBacktests",
    summary: "The last backtests since the server started, newest first",
    answers: {
      200: { description: "Their states", schema: z.object({ items: z.array(backtestSchema) }) },
    },
    handle: () => ({
      status: 200,
      body: { items: jobs.all.map(({ state }) => state) },
    }),
  });

const show = (jobs: BacktestJobs) =>
  endpoint({
    method: "get",
    path: "/backtests/:id",
    permission: "scripts:read",
    operationId: "getBacktest",
    summary: "The progress and results of a backtest",
    params: byId,
    answers: { 200: { description: "Its state", schema: backtestSchema } },
    handle: ({ params }) => ({ status: 200, body: jobs.find(params.id).state }),
  });

const WHICH = ["changed", "byNobody", "bySeveral", "faults", "failing", "all"] as const;

const SELECTS: Readonly<Record<(typeof WHICH)[number], (item: ComparedItem) => boolean>> = {
  changed: ({ differences }) => differences.length > 0,
  byNobody: ({ claimedBy }) => claimedBy.length === 0,
  bySeveral: ({ claimedBy }) => claimedBy.length > 1,
  faults: ({ faults }) => faults.length > 0,
  failing: ({ after }) => after.functions.some(({ outcome }) => outcome === "FAILED"),
  all: () => true,
};

const items = (deps: BacktestDeps, jobs: BacktestJobs) =>
  endpoint({
    method: "get",
    path: "/backtests/:id/items",
    permission: "messages:details",
    operationId: "listBacktestItems",
    summary: "The messages whose result would change, newest first; or those selected with `which`",
    params: byId,
    query: z.strictObject({
      which: z.enum(WHICH).default("changed").describe("Which messages to list."),
      limit: pageLimit,
      cursor: queryInteger({ min: 0, max: Number.MAX_SAFE_INTEGER })
        .default(0)
        .describe("The `nextCursor` of an earlier page."),
    }),
    answers: {
      200: {
        description: "A page of the list, as far as messages are compared",
        schema: z.object({
          items: z.array(comparedSchema),
          nextCursor: z.string().nullable(),
        }),
      },
    },
    handle: ({ params, query: { which, cursor, limit }, caller }) => {
      const all = jobs.find(params.id).items.filter(SELECTS[which]);
      const page = all.slice(cursor, cursor + limit);
      const after = { what: which };
      noteRead({ caller, action: "backtest.read", target: params.id, after }, deps);
      const isLast = cursor + limit >= all.length;
      return {
        status: 200,
        body: { items: page, nextCursor: isLast ? null : String(cursor + limit) },
      };
    },
  });

const cancel = (deps: BacktestDeps, jobs: BacktestJobs) =>
  endpoint({
    method: "delete",
    path: "/backtests/:id",
    permission: "scripts:write",
    operationId: "deleteBacktest",
    summary: "Ends and removes a backtest, with its results",
    params: byId,
    answers: { 200: { description: "Its last state", schema: backtestSchema } },
    handle: async ({ params, caller }) => {
      const job = jobs.find(params.id);
      if (job.state.state === "RUNNING") {
        const entry = {
          caller: caller.name,
          action: "backtest.cancel",
          target: params.id,
        } as const;
        await deps.store.audit.note({ at: deps.now(), ...entry });
      }
      await job.cancel();
      jobs.remove(params.id);
      return { status: 200, body: job.state };
    },
  });
