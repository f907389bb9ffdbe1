/** `/api/v1/backtests`: drafts over past messages, as jobs that are looked at while they run. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { Provider, WebhookFunction } from "../model/definition.ts";
import type { DefinitionKind } from "../registry/definition-parts.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import type { MessageFilter, MessagePage } from "../store/message-list.ts";
import { BacktestJob, type Compare } from "./backtest-job.ts";
import { backtestBody, backtestSchema, comparedSchema } from "./backtest-schemas.ts";
import { type ChangeSurroundings, useable } from "./definition-changes.ts";
import { installedOf } from "./definition-view.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** Kept until others take their place, or the server ends. */
const MAX_KEPT = 10;
const PAGE = 200;

export interface BacktestSurroundings extends ChangeSurroundings {
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly comparer: (plan: {
    readonly providers: readonly Provider[];
    readonly functions: readonly WebhookFunction[];
    readonly drafts: ReadonlySet<string>;
  }) => Compare;
}

type Jobs = Map<string, BacktestJob>;

export function backtestEndpoints(around: BacktestSurroundings): readonly Endpoint[] {
  const jobs: Jobs = new Map();
  return [start(around, jobs), show(jobs), items(jobs), cancel(jobs)];
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
      mustRest(jobs);
      if (!caller.permissions.has("messages:details") && !caller.permissions.has("admin"))
        throw new HookyardError(
          "forbidden",
          `the token ${JSON.stringify(caller.name)} has no permission messages:details, which a backtest asks for, as its scripts read past messages`,
        );
      const compare = around.comparer(await planOf(body, around.scripts));
      const ids = await newestIds(around.list, body.filter, body.last);
      const job = new BacktestJob(ids.length, around.now);
      keep(job, jobs);
      const read = (id: string) =>
        around.store.details(id) === undefined ? undefined : around.store.message(id);
      void job.run(ids, read, compare);
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

async function planOf(body: z.infer<typeof backtestBody>, scripts: LiveRegistry) {
  const { providers, functions } = scripts.loaded();
  const ranked = (body.order ?? []).map((name, at) => ({ name, priority: at + 1 }));
  const drafts = await made<Provider>("provider", body.providers, scripts);
  const all = merged(providers, drafts);
  const isKnown = (name: string) => all.some((one) => one.name === name);
  const unknown = ranked.find(({ name }) => !isKnown(name));
  if (unknown !== undefined)
    throw new HookyardError("bad_request", `order: there is no provider ${unknown.name}`);
  // Those that are named come first, in that order; the others keep theirs behind them.
  const placed = all.map((one) => ({
    ...one,
    priority:
      ranked.find(({ name }) => name === one.name)?.priority ?? one.priority + ranked.length,
  }));
  const functionDrafts = await made<WebhookFunction>("function", body.functions, scripts);
  return {
    providers: placed,
    functions: merged(functions, functionDrafts),
    drafts: new Set(functionDrafts.map(({ name }) => name)),
  };
}

const merged = <T extends { readonly name: string }>(
  installed: readonly T[],
  drafts: readonly T[],
): readonly T[] => [
  ...installed.filter(({ name }) => drafts.every((draft) => draft.name !== name)),
  ...drafts,
];

function made<T>(
  kind: DefinitionKind,
  drafts: z.infer<typeof backtestBody>["providers"],
  scripts: LiveRegistry,
): Promise<readonly T[]> {
  const installed = installedOf(kind, scripts.loaded());
  return Promise.all(
    drafts.map(async ({ script, ...fields }) => {
      const { name } = fields;
      const parts = installed.find((one) => one.name === name)?.parts;
      const source = script ?? parts?.source;
      if (source === undefined)
        throw new HookyardError(
          "bad_request",
          `${kind} ${name}: script was expected, as none is installed`,
        );
      const draft = { kind, name, file: { ...parts?.file, ...fields }, source };
      const { value } = await useable(draft, scripts);
      return value as T;
    }),
  );
}

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

const items = (jobs: Jobs) =>
  endpoint({
    method: "get",
    path: "/backtests/:id/items",
    permission: "messages:details",
    summary: "The messages whose result would change, newest first",
    params: byId,
    query: z.strictObject({
      limit: z.coerce.number<string>().int().min(1).max(200).default(50),
      cursor: z.coerce.number<string>().int().min(0).default(0),
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
    handle: ({ params, query: { cursor, limit } }) => {
      const all = find(jobs, params.id).items;
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
    handle: ({ params }) => {
      const job = find(jobs, params.id);
      job.cancel();
      return { status: 200, body: job.state };
    },
  });
