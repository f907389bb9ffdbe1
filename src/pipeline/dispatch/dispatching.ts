/** From a claim to rows: execute, record, and tell whoever waits for the message. */

import type { Claim } from "../../store/executions/execution-table.ts";
import type { Executed } from "../execute/execute.ts";
import { type ExecutingSurroundings, executeTraced, notRun } from "../execute/executing.ts";
import { LargeMessages } from "../execute/large-messages.ts";
import type { AdmitSurroundings } from "../intake/admit.ts";
import { type RecordSurroundings, record } from "../record/record.ts";
import { Dispatcher } from "./dispatcher.ts";

/**
 * Most executions in the hands of the sandbox at once: each that waits keeps half a megabyte in a child. One provider
 * gets two thirds of them, which is a thousand that wait.
 */
const MAX_RUNNING = 1600;

export function dispatcherOf(
  around: ExecutingSurroundings &
    RecordSurroundings &
    Pick<AdmitSurroundings, "completions" | "backlog" | "tell">,
): Dispatcher<Executed> {
  const functionOf = (name: string) => around.registry().functions.get(name);
  const providerOf = (name: string) => functionOf(name)?.provider ?? "";
  const large = new LargeMessages({ store: around.store, providerOf });
  const run = async (claim: Claim): Promise<Executed> => {
    try {
      using assigned = await large.assign(claim);
      return await executeTraced(assigned.assignment, around);
    } catch (err) {
      return notRun(err, claim.messageId, around.log);
    }
  };
  const perform = async (claim: Claim, begun?: Promise<Executed>) => {
    const recorded = await record(claim, await (begun ?? run(claim)), around);
    if (recorded.ended !== undefined) {
      around.backlog.left(recorded.ended.bytes);
      around.completions.finish(claim.messageId);
      around.tell("ended", claim.messageId);
    }
    return recorded;
  };
  return new Dispatcher({
    ...around,
    maxRunning: MAX_RUNNING,
    concurrencyOf: (name) => functionOf(name)?.concurrency ?? 1,
    providerOf,
    perform,
  });
}
