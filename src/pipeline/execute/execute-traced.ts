/** Runs a function on a message with the scripts it is to be run with, seen by tracing. */

import type { Logger } from "../../logger.ts";
import type { Step, Tracing } from "../../tracing/tracing.ts";
import type { Originals } from "../history/original-scripts.ts";
import { scriptsFor } from "../history/scripts-for.ts";
import { type Assignment, type ExecuteDeps, type Executed, execute } from "./execute.ts";

export type ExecutingDeps = ExecuteDeps & {
  readonly tracing: Tracing | undefined;
  readonly originals: Originals;
  readonly log: Logger;
};

/** Never rejects. */
export async function executeTraced(
  assignment: Assignment,
  deps: ExecutingDeps,
): Promise<Executed> {
  const { message } = assignment;
  try {
    const startedAt = performance.now();
    const isOriginal = message.resubmission === undefined;
    const scripts = isOriginal ? deps : await scriptsFor(message, deps, deps.originals);
    const executed = await execute(assignment, scripts);
    deps.tracing?.step(message, executionStep(assignment, executed, startedAt));
    return executed;
  } catch (err) {
    return notRun(err, message.id, deps.log);
  }
}

/** Our own fault, such as a database that could not be read: it is tried again like after a crash. */
export function notRun(err: unknown, messageId: string, log: Logger): Executed {
  log.error({ err, messageId }, "an execution could not be run");
  const outcome = { kind: "interrupted", begun: false, logs: [], durationMs: 0 } as const;
  return { outcome, version: "" };
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
