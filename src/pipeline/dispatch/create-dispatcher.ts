/** From a claim to rows: runs the function, records the outcome and notifies the requests that wait for the message. */

import type { Backlog } from "../../overload/backlog.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Completions, NotifyFollowers } from "../completions.ts";
import type { Executed } from "../execute/execute.ts";
import { type ExecutingDeps, executeTraced, notRun } from "../execute/execute-traced.ts";
import { type RecordDeps, record } from "../record/record.ts";
import { Dispatcher } from "./dispatcher.ts";
import { LargeMessages } from "./large-messages.ts";

/**
 * Maximum number of executions in the sandbox at once. Each waiting run holds half a megabyte in a child. One
 * provider gets at most two thirds of them, about a thousand runs.
 */
const MAX_RUNNING = 1600;

export interface PerformDeps extends ExecutingDeps, RecordDeps {
  readonly completions: Completions;
  readonly backlog: Backlog;
  readonly notifyFollowers: NotifyFollowers;
}

export function createDispatcher(deps: PerformDeps): Dispatcher<Executed> {
  const functionOf = (name: string) => deps.registry().functions.get(name);
  const providerOf = (name: string) => functionOf(name)?.provider ?? "";
  const large = new LargeMessages({ store: deps.store, providerOf });
  const run = async (claim: Claim): Promise<Executed> => {
    try {
      using assigned = await large.assign(claim);
      return await executeTraced(assigned.assignment, deps);
    } catch (err) {
      return notRun(err, claim.messageId, deps.log);
    }
  };
  const perform = async (claim: Claim, begun?: Promise<Executed>) => {
    const recorded = await record(claim, await (begun ?? run(claim)), deps);
    if (recorded.ended !== undefined) {
      deps.backlog.left(recorded.ended.bytes);
      deps.completions.finish(claim.messageId);
      deps.notifyFollowers("ended", claim.messageId);
    }
    return recorded;
  };
  return new Dispatcher({
    ...deps,
    maxRunning: MAX_RUNNING,
    concurrencyOf: (name) => functionOf(name)?.concurrency ?? 1,
    providerOf,
    perform,
  });
}
