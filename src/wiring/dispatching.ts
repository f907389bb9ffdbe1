/** From a claim to rows: execute, record, and tell whoever waits for the message. */
import { ByteBudget } from "../dispatch/byte-budget.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Executed } from "../execute/execute.ts";
import type { AdmitSurroundings } from "../ingress/admit.ts";
import { type RecordSurroundings, record } from "../record/record.ts";
import type { Claim } from "../store/execution-table.ts";
import { type ExecutingSurroundings, executeTraced, notRun } from "./executing.ts";

/**
 * Most executions in the hands of the sandbox at once: each that waits keeps half a megabyte in a child. One provider
 * gets two thirds of them, which is a thousand that wait.
 */
const MAX_RUNNING = 1600;
const MAX_BODIES_BYTES = 256 * 1024 * 1024;

export function dispatcherOf(
  around: ExecutingSurroundings &
    RecordSurroundings &
    Pick<AdmitSurroundings, "completions" | "backlog" | "tell">,
): Dispatcher<Executed> {
  const bodies = new ByteBudget(MAX_BODIES_BYTES);
  const run = async (claim: Claim): Promise<Executed> => {
    try {
      using _ = await bodies.take(around.store.bodyBytes(claim.messageId));
      const assignment = { ...around.store.owed(claim), ...claim, attempt: claim.attempt + 1 };
      return await executeTraced(assignment, around);
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
  const functionOf = (name: string) => around.registry().functions.get(name);
  return new Dispatcher({
    ...around,
    maxRunning: MAX_RUNNING,
    concurrencyOf: (name) => functionOf(name)?.concurrency ?? 1,
    providerOf: (name) => functionOf(name)?.provider ?? "",
    perform,
  });
}
