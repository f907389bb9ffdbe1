/** From a claim to rows: execute, record, and tell whoever waits for the message. */
import { ByteBudget } from "../dispatch/byte-budget.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import {
  type Assignment,
  type Executed,
  type ExecuteSurroundings,
  execute,
} from "../execute/execute.ts";
import type { AdmitSurroundings } from "../ingress/admit.ts";
import { type RecordSurroundings, record } from "../record/record.ts";
import type { Claim } from "../store/execution-table.ts";
import type { Step } from "../tracing/tracing.ts";
import type { Originals } from "../trial/originals.ts";
import { scriptsFor } from "./scripts.ts";

/** Most executions in the hands of the sandbox at once: each that waits keeps half a megabyte in a child. */
const MAX_RUNNING = 1200;
const MAX_BODIES_BYTES = 256 * 1024 * 1024;

export function dispatcherOf(
  around: ExecuteSurroundings &
    RecordSurroundings &
    Pick<AdmitSurroundings, "completions" | "backlog" | "tracing" | "tell"> & {
      readonly originals: Originals;
    },
): Dispatcher {
  const bodies = new ByteBudget(MAX_BODIES_BYTES);
  const run = async (claim: Claim): Promise<Executed> => {
    try {
      using _ = await bodies.take(around.store.bodyBytes(claim.messageId));
      const assignment = { ...around.store.owed(claim), ...claim, attempt: claim.attempt + 1 };
      const startedAt = performance.now();
      const scripts = await scriptsFor(assignment.message, around, around.originals);
      const executed = await execute(assignment, scripts);
      around.tracing?.step(assignment.message, executionStep(assignment, executed, startedAt));
      return executed;
    } catch (err) {
      // Our own fault, such as a database that could not be read: it is tried again like after a crash.
      around.log.error({ err, messageId: claim.messageId }, "an execution could not be run");
      const outcome = { kind: "interrupted", begun: false, logs: [], durationMs: 0 } as const;
      return { outcome, version: "" };
    }
  };
  const perform = async (claim: Claim) => {
    const recorded = await record(claim, await run(claim), around);
    if (recorded.ended !== undefined) {
      around.backlog.left(recorded.ended.bytes);
      around.completions.finish(claim.messageId);
      around.tell("ended", claim.messageId);
    }
    return recorded;
  };
  const concurrencyOf = (name: string) => around.registry().functions.get(name)?.concurrency ?? 1;
  return new Dispatcher({ ...around, maxRunning: MAX_RUNNING, concurrencyOf, perform });
}

/** One attempt, as a trace shows it. */
function executionStep(
  assignment: Assignment,
  { outcome, version }: Executed,
  startedAt: number,
): Step {
  const hasFailed = outcome.kind === "failure";
  const attributes = {
    "hookyard.function": assignment.function,
    "hookyard.version": version,
    "hookyard.attempt": assignment.attempt,
    "hookyard.outcome": outcome.kind,
    ...(hasFailed ? { "error.type": outcome.failure.kind } : {}),
  };
  return { name: "execute", startedAt, attributes, hasFailed };
}
