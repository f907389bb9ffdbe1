/** Resubmits all messages that match a filter, oldest first. The answer comes after the last one is accepted. */
import { z } from "zod";
import { causedBy, HookyardError } from "../errors.ts";
import { notEmpty } from "../model/described-checks.ts";
import { MESSAGE_STATUSES } from "../model/message.ts";
import type { Caller } from "../model/permission.ts";
import type { MessageFilter, MessagePage } from "../store/messages/message-list.ts";
import type { Store } from "../store/store.ts";
import { bodyFilter, messageFilter } from "./message-filter.ts";
import { queryBoolean } from "./query-values.ts";
import { type Admit, functionNames, resubmission, whichScripts } from "./resubmission.ts";
import type { TokenLife } from "./token-watch.ts";

/** Above this the caller should narrow the filter and resubmit in parts. */
const MAX_MESSAGES = 10_000;
/** Messages resubmitted in parallel, which share a commit; more would only keep more bodies in memory. */
const AT_ONCE = 8;
const PAGE = 200;

const ONLY_COUNT = "true: only count.";

/** The filter is read from the query, the body or both; the body wins. */
export const bulkQuery = z.strictObject({
  ...messageFilter,
  dryRun: queryBoolean.optional().describe(ONLY_COUNT),
});
const bulkOptions = z.strictObject({
  ...bodyFilter,
  dryRun: z.boolean().optional().describe(ONLY_COUNT),
  functions: functionNames,
  scripts: whichScripts,
});
type BulkOptions = z.infer<typeof bulkOptions>;

const expectFilter = (where: string) =>
  `no filter was found${where}, at least one of ${Object.keys(messageFilter).join(", ")} was expected: without one, all messages in the log would be resubmitted`;

/** Absent if the filter stands in the query. */
export const bulkBody = notEmpty(bulkOptions, expectFilter(" in the body")).optional();

interface BulkDeps {
  readonly caller: Caller;
  /** Life of the caller's token. */
  readonly life: TokenLife;
  readonly store: Store;
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly admit: Admit;
  readonly knowsFunction: (name: string) => boolean;
  readonly knowsOriginal: (messageId: string) => Promise<(name: string) => boolean>;
  readonly now: () => number;
  readonly maxBodyBytes: number;
  /** Whether to wait for the functions of each message. */
  readonly sync: boolean;
}

export const bulkAnswer = z.object({
  dryRun: z.boolean(),
  count: z.number().int(),
  statuses: z
    .partialRecord(z.enum(MESSAGE_STATUSES), z.int())
    .optional()
    .describe(
      "How many of the new messages have which status when the call ends; `PENDING` ones still run. Absent in a dry run.",
    ),
});
type BulkAnswer = z.infer<typeof bulkAnswer>;

/** `count`: messages that were resubmitted, or would be. Pending messages are skipped. */
export async function resubmitMany(
  { dryRun = false, functions, scripts, ...filter }: BulkOptions,
  deps: BulkDeps,
): Promise<BulkAnswer> {
  // `resubmitted: false` alone selects nearly every message.
  if (Object.keys(filter).every((name) => name === "resubmitted")) {
    throw new HookyardError("unprocessable", expectFilter(""));
  }
  const ids = await endedIds(filter, deps);
  if (dryRun) return { dryRun, count: ids.length };
  if (ids.length > MAX_MESSAGES) {
    const detail = `found ${ids.length} messages, at most ${MAX_MESSAGES} are resubmitted in one call: narrow the filter, for example with from and to`;
    throw new HookyardError("unprocessable", detail);
  }
  const queue = ids.toReversed().values();
  const made: string[] = [];
  const lane = async () => {
    for (const id of queue) {
      deps.life.assertGood();
      made.push(...(await resubmitOne(id, { functions, scripts }, deps)));
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  const failed = lanes.find((one) => one.status === "rejected");
  if (failed !== undefined) throw stoppedAfter(made.length, ids.length, failed.reason);
  return { dryRun, count: made.length, statuses: statusesOf(made, deps.store) };
}

function statusesOf(ids: readonly string[], store: Store): NonNullable<BulkAnswer["statuses"]> {
  const counts: NonNullable<BulkAnswer["statuses"]> = {};
  for (let at = 0; at < ids.length; at += PAGE)
    for (const { status } of store.pick(ids.slice(at, at + PAGE), {}))
      counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Newest first. Reads the list in pages, and lets other work run between them. */
async function endedIds(
  filter: Omit<MessageFilter, "limit">,
  { list, life }: BulkDeps,
): Promise<string[]> {
  const ids: string[] = [];
  for (let before: string | undefined; ; ) {
    const { items, nextCursor } = await list({ ...filter, before, limit: PAGE });
    for (const { id, status } of items) if (status !== "PENDING") ids.push(id);
    if (nextCursor === null) return ids;
    before = nextCursor;
    life.assertGood();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves with the id of the new message; with none if the original was removed meanwhile. */
async function resubmitOne(
  id: string,
  { functions, scripts }: Pick<BulkOptions, "functions" | "scripts">,
  deps: BulkDeps,
): Promise<readonly string[]> {
  const original = deps.store.find(id);
  if (original === undefined) return [];
  const options = { scripts, ...(functions === undefined ? {} : { functions }) };
  const knowsFunction = scripts === "original" ? await deps.knowsOriginal(id) : deps.knowsFunction;
  const message = resubmission(original, options, { ...deps, knowsFunction });
  await deps.admit(message);
  return [message.id];
}

/**
 * The error after a partial run. Copies made so far carry `resubmittedFrom`; the caller continues after the last one.
 */
function stoppedAfter(count: number, of: number, cause: unknown): unknown {
  if (!(cause instanceof HookyardError)) return cause;
  const detail = `${count} of ${of} messages were resubmitted, oldest first; then: ${cause.message}`;
  return causedBy(cause, cause.code, detail, cause.code === "unauthorized" ? undefined : 5);
}
