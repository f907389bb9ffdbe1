/** The steps that deciding before and after a message is stored share. */
import { HookyardError } from "../../errors.ts";
import { type Logger, warnSparingly } from "../../logger.ts";
import type { Metrics } from "../../metrics.ts";
import type { Decision } from "../../model/decision.ts";
import type { Message } from "../../model/message.ts";
import type { Verdict } from "../../store/messages/message-table.ts";
import type { Tracing } from "../../tracing/tracing.ts";
import type { NotifyFollowers } from "../completions.ts";

export interface DecidingDeps {
  readonly decide: (message: Message) => Promise<Decision>;
  readonly notifyFollowers: NotifyFollowers;
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
}

export async function decideTraced(message: Message, deps: DecidingDeps): Promise<Decision> {
  const startedAt = performance.now();
  const decision = await deps.decide(message);
  const provider = providerOf(decision) ?? "";
  const attributes = { "hookyard.decision": decision.kind, "hookyard.provider": provider };
  deps.tracing?.step(message, { name: "match", startedAt, attributes });
  return decision;
}

/**
 * Logs that a message could not be decided. Overload is not a fault, so it is logged sparingly: a flood of messages
 * must not become a flood of log lines.
 */
export function logUndecided(err: unknown, messageId: string, text: string, log: Logger): void {
  const isOverload = err instanceof HookyardError && err.code === "overloaded";
  if (isOverload) warnSparingly(log, text, { messageId, reason: err.message }, text);
  else log.error({ err, messageId }, text);
}

/** Reports a message that ended with its decision: no function runs on it. */
export function endedByDecision(
  { id }: Message,
  { status }: Verdict,
  decision: Decision | undefined,
  { metrics, notifyFollowers }: DecidingDeps,
): void {
  metrics.messageEnded(status, providerOf(decision));
  if (decision?.kind === "unmatched" || decision?.kind === "no-function")
    metrics.messageUnmatched(providerOf(decision), decision.nearUris?.[0]?.uri);
  notifyFollowers("ended", id);
}

const providerOf = (decision: Decision | undefined): string | undefined =>
  decision === undefined || decision.kind === "unmatched" ? undefined : decision.provider;
