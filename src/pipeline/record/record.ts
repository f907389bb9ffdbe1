/** Records an outcome: decides what the execution does next, writes it, and reports it to log and metrics. */
import { type Logger, warnSparingly } from "../../logger.ts";
import type { Metrics } from "../../metrics.ts";
import type { Outcome } from "../../model/outcome.ts";
import { type EndedAttempt, nextStep, unbegunBefore } from "../../model/retry.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Store } from "../../store/store.ts";
import type { Recorded } from "../../store/write-results.ts";

const RETRY_MS = 1000;

export interface RecordDeps {
  readonly store: Store;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The outcome of a run, and the version of the function. */
export interface Ended {
  readonly outcome: Outcome;
  readonly version: string;
}

type Tries = Pick<Claim, "leaseToken" | "attempt" | "interruptions" | "retry">;

/** Decides the next step of an execution from the outcome of a run. */
export function conclude(
  tries: Tries,
  { outcome, version }: Ended,
  { random, now }: Pick<RecordDeps, "random" | "now">,
): EndedAttempt {
  const { attempt, interruptions, retry } = tries;
  const step = nextStep(
    outcome,
    { attempt: attempt + 1, interruptions, unbegun: unbegunBefore(tries), retry },
    random(),
  );
  const hasCrashed = outcome.kind === "interrupted" && step.status === "FAILED";
  return { outcome: hasCrashed ? crashed(outcome) : outcome, step, version, endedAt: now() };
}

/** Writes the outcome of a claimed run. */
export async function record(claim: Claim, executed: Ended, deps: RecordDeps): Promise<Recorded> {
  const ended = conclude(claim, executed, deps);
  const recorded = await retryUntilRecorded(() => deps.store.record(claim, ended), claim, deps.log);
  if (recorded.stale) {
    const { messageId, function: name } = claim;
    deps.log.warn({ messageId, function: name }, "a late result was dropped");
  } else report(claim, ended, deps);
  if (recorded.ended !== undefined)
    deps.metrics.messageEnded(recorded.ended.status, recorded.ended.provider ?? undefined);
  return recorded;
}

/** Writes until it succeeds: the run is done, and its outcome must not be lost to a full disk. */
async function retryUntilRecorded(
  write: () => Promise<Recorded>,
  { messageId }: Claim,
  log: Logger,
): Promise<Recorded> {
  for (;;) {
    try {
      return await write();
    } catch (err) {
      log.error({ err, messageId }, "an outcome could not be recorded; trying again");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** The process died too often: the execution fails, and the message log shows why. */
function crashed({ logs, durationMs }: Outcome): Outcome {
  const message = "the process running it died again and again";
  return {
    kind: "failure",
    fatal: true,
    logs,
    durationMs,
    failure: { kind: "CRASH", name: "Crash", message },
  };
}

/** Reports an attempt that is on disk to log and metrics. */
export function report(
  { messageId, function: name }: Pick<Claim, "messageId" | "function">,
  { outcome, step }: EndedAttempt,
  { log, metrics }: Pick<RecordDeps, "log" | "metrics">,
): void {
  metrics.attemptEnded(name, outcome.kind, outcome.durationMs, step.status === "PENDING");
  if (outcome.kind === "failure") {
    const { kind, file, line, column } = outcome.failure;
    // Neither the name nor the text of the error: they may hold parts of the message. The message log has them.
    const at = line === undefined ? {} : { at: `${file ?? `functions/${name}`}:${line}:${column}` };
    const fields = { messageId, function: name, kind, ...at };
    warnSparingly(log, `function ${name} ${kind}`, fields, "function failed");
  } else log.debug({ messageId, function: name, outcome: outcome.kind }, "function ended");
}
