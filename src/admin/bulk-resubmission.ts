/** All messages of a filter once more, oldest first: counted before, and accepted to the last before the answer. */
import { z } from "zod";
import { causedBy, HookyardError } from "../errors.ts";
import type { Caller } from "../model/permission.ts";
import type { MessageFilter, MessagePage } from "../store/messages/message-list.ts";
import type { Store } from "../store/store.ts";
import { messageFilter } from "./message-filter.ts";
import { type Admit, functionNames, resubmission, whichScripts } from "./resubmission.ts";
import type { TokenLife } from "./token-watch.ts";

/** More than this had better be looked at in parts. */
const MAX_MESSAGES = 10_000;
/** So many share a commit; more would only keep more bodies in memory. */
const AT_ONCE = 8;
const PAGE = 200;

const dryRun = z.union([z.boolean(), z.stringbool()]).optional().describe("true: only count.");

/** The filter is taken from the query, the body or both; the body wins. */
export const bulkQuery = z.strictObject({ ...messageFilter, dryRun });
export const bulkBody = bulkQuery.extend({ functions: functionNames, scripts: whichScripts });
type BulkWishes = z.infer<typeof bulkBody>;

interface BulkDeps {
  readonly caller: Caller;
  /** Of the caller's token. */
  readonly life: TokenLife;
  readonly store: Store;
  readonly list: (filter: MessageFilter) => Promise<MessagePage>;
  readonly admit: Admit;
  readonly knowsFunction: (name: string) => boolean;
  readonly knowsOriginal: (messageId: string) => Promise<(name: string) => boolean>;
  readonly now: () => number;
  readonly maxBodyBytes: number;
}

/** `count`: messages that were accepted again, or would be. What has not ended yet is left alone. */
export async function resubmitMany(
  { dryRun = false, functions, scripts, ...filter }: BulkWishes,
  deps: BulkDeps,
): Promise<{ readonly dryRun: boolean; readonly count: number }> {
  // What was not resubmitted is nearly everything.
  if (Object.keys(filter).every((name) => name === "resubmitted")) {
    const detail = `no filter was found, at least one of ${Object.keys(messageFilter).join(", ")} was expected: all messages ever kept are hardly meant`;
    throw new HookyardError("bad_request", detail);
  }
  const ids = await endedIds(filter, deps);
  if (dryRun) return { dryRun, count: ids.length };
  if (ids.length > MAX_MESSAGES) {
    const detail = `found ${ids.length} messages, at most ${MAX_MESSAGES} are resubmitted in one call: narrow the filter, for example with from and to`;
    throw new HookyardError("bad_request", detail);
  }
  const waiting = ids.toReversed().values();
  let count = 0;
  const lane = async () => {
    for (const id of waiting) {
      deps.life.assertGood();
      await resubmitOne(id, { functions, scripts }, deps);
      count += 1;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  const failed = lanes.find((one) => one.status === "rejected");
  if (failed !== undefined) throw stoppedAfter(count, ids.length, failed.reason);
  return { dryRun, count };
}

/** Newest first. The list is read in pages, between which others have their turn. */
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

async function resubmitOne(
  id: string,
  { functions, scripts }: Pick<BulkWishes, "functions" | "scripts">,
  deps: BulkDeps,
): Promise<void> {
  const original = deps.store.find(id);
  if (original === undefined) return;
  const wishes = { scripts, ...(functions === undefined ? {} : { functions }) };
  const knowsFunction = scripts === "original" ? await deps.knowsOriginal(id) : deps.knowsFunction;
  await deps.admit(resubmission(original, wishes, { ...deps, knowsFunction, sync: false }));
}

/** The copies that were made carry `resubmittedFrom`; what is left is told by the time of the last one. */
function stoppedAfter(count: number, of: number, cause: unknown): unknown {
  if (!(cause instanceof HookyardError)) return cause;
  const detail = `${count} of ${of} messages were resubmitted, oldest first; then: ${cause.message}`;
  return causedBy(cause, cause.code, detail, cause.code === "unauthorized" ? undefined : 5);
}
