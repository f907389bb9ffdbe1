/** From an outcome to rows: what the execution does next, and who is to be told once that is on disk. */
import { type Logger, warnSparingly } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { nextStep, type Outcome, unbegunBefore } from "../model/execution.ts";
import type { Claim } from "../store/execution-table.ts";
import type { Store } from "../store/store.ts";
import type { Recorded } from "../store/written.ts";

const RETRY_MS = 1000;

export interface RecordSurroundings {
  readonly store: Store;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export async function record(
  claim: Claim,
  executed: { readonly outcome: Outcome; readonly version: string },
  around: RecordSurroundings,
): Promise<Recorded> {
  const { attempt, interruptions, retry } = claim;
  const step = nextStep(
    executed.outcome,
    { attempt: attempt + 1, interruptions, unbegun: unbegunBefore(claim), retry },
    around.random(),
  );
  const outcome =
    executed.outcome.kind === "interrupted" && step.status === "FAILED"
      ? crashed(executed.outcome)
      : executed.outcome;
  const run = { version: executed.version, endedAt: around.now() };
  const recorded = await recordAtLast(
    () => around.store.record(claim, outcome, step, run),
    claim,
    around.log,
  );
  report(claim, outcome, recorded, around.log);
  if (!recorded.stale) {
    const isFollowed = step.status === "PENDING";
    around.metrics.attemptEnded(claim.function, outcome.kind, outcome.durationMs, isFollowed);
  }
  if (recorded.ended !== undefined)
    around.metrics.messageEnded(recorded.ended.status, recorded.ended.provider ?? undefined);
  return recorded;
}

/** The run is done and must not be lost to a full disk: it is written as soon as there is room again. */
async function recordAtLast(
  write: () => Promise<Recorded>,
  { messageId }: Claim,
  log: Logger,
): Promise<Recorded> {
  for (;;) {
    try {
      return await write();
    } catch (err) {
      log.error({ err, messageId }, "an outcome could not be recorded; it is tried again");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Its process died too often: no more of that, and the operator sees why. */
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

function report(claim: Claim, outcome: Outcome, recorded: Recorded, log: Logger): void {
  const { messageId, function: name } = claim;
  if (recorded.stale) log.warn({ messageId, function: name }, "a late result was dropped");
  else if (outcome.kind === "failure") {
    const { kind, file, line, column } = outcome.failure;
    // Neither its name nor its text: they may hold parts of the message. The message log has them.
    const at = line === undefined ? {} : { at: `${file ?? `functions/${name}`}:${line}:${column}` };
    const fields = { messageId, function: name, kind, ...at };
    warnSparingly(log, `function ${name} ${kind}`, fields, "function failed");
  } else log.debug({ messageId, function: name, outcome: outcome.kind }, "function ended");
}
