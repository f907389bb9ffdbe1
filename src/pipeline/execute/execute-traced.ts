/** Runs a function on a message with the current or the original scripts, and traces the attempt. */

import type { Logger } from "../../logger.ts";
import type { Step, Tracing } from "../../tracing/tracing.ts";
import type { OriginalScripts } from "../history/original-scripts.ts";
import { scriptsFor } from "../history/scripts-for.ts";
import { type Assignment, type ExecuteDeps, type Executed, execute } from "./execute.ts";

export type ExecutingDeps = ExecuteDeps & {
  readonly tracing: Tracing | undefined;
  readonly originals: OriginalScripts;
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
    const isFirstSubmission = message.resubmission === undefined;
    const scripts = isFirstSubmission ? deps : await scriptsFor(message, deps, deps.originals);
    const executed = await execute(assignment, scripts);
    deps.tracing?.step(message, executionStep(assignment, executed, startedAt));
    return executed;
  } catch (err) {
    return notRun(err, message.id, deps.log);
  }
}

/**
 * The run failed because of a fault in the server, such as an unreadable database. It is tried again as after a
 * crash.
 */
export function notRun(err: unknown, messageId: string, log: Logger): Executed {
  log.error({ err, messageId }, "an execution could not be run");
  const outcome = { kind: "interrupted", begun: false, logs: [], durationMs: 0 } as const;
  return { outcome, version: "" };
}

/** The trace step of one attempt. */
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
