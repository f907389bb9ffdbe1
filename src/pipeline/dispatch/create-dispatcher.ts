/** From a claim to rows: execute, record, and tell whoever waits for the message. */

import type { Backlog } from "../../overload/backlog.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Completions, TellFollowers } from "../completions.ts";
import type { Executed } from "../execute/execute.ts";
import { type ExecutingDeps, executeTraced, notRun } from "../execute/execute-traced.ts";
import { type RecordDeps, record } from "../record/record.ts";
import { Dispatcher } from "./dispatcher.ts";
import { LargeMessages } from "./large-messages.ts";

/**
 * Most executions in the hands of the sandbox at once: each that waits keeps half a megabyte in a child. One provider
 * gets two thirds of them, which is a thousand that wait.
 */
const MAX_RUNNING = 1600;

export interface PerformDeps extends ExecutingDeps, RecordDeps {
  readonly completions: Completions;
  readonly backlog: Backlog;
  readonly tell: TellFollowers;
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
      deps.tell("ended", claim.messageId);
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
