import type { Step } from "../tracing/tracing.ts";
import type { Assignment, Executed } from "./execute.ts";

/** One attempt, as a trace shows it. */
export function executionStep(
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
