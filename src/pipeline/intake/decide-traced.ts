/** What deciding about a message has in common, be it stored already or not. */
import { HookyardError } from "../../errors.ts";
import { type Logger, warnSparingly } from "../../logger.ts";
import type { Metrics } from "../../metrics.ts";
import type { Decision } from "../../model/decision.ts";
import type { Message } from "../../model/message.ts";
import type { Verdict } from "../../store/messages/message-table.ts";
import type { Tracing } from "../../tracing/tracing.ts";
import type { TellFollowers } from "../completions.ts";

export interface DecidingDeps {
  readonly decide: (message: Message) => Promise<Decision>;
  readonly tell: TellFollowers;
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

/** A decision could not be had. What waits for its turn is no fault, and a flood of it is not one of the log. */
export function tellUndecided(err: unknown, messageId: string, text: string, log: Logger): void {
  const isTooMuch = err instanceof HookyardError && err.code === "overloaded";
  if (isTooMuch) warnSparingly(log, text, { messageId, reason: err.message }, text);
  else log.error({ err, messageId }, text);
}

/** By its decision alone. */
export function endedByDecision(
  { id }: Message,
  { status }: Verdict,
  decision: Decision | undefined,
  { metrics, tell }: DecidingDeps,
): void {
  metrics.messageEnded(status, providerOf(decision));
  tell("ended", id);
}

const providerOf = (decision: Decision | undefined): string | undefined =>
  decision === undefined || decision.kind === "unmatched" ? undefined : decision.provider;
