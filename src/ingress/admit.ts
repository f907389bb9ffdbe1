/**
 * Takes a message in: asks for the decision, stores both in one commit, and lets the functions begin. When the decision
 * takes too long the message is stored without it, and the decision follows.
 */
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { AcceptedDecision, Decision } from "../model/decision.ts";
import type { Message } from "../model/message.ts";
import type { Backlog } from "../overload/backlog.ts";
import type { Strangers } from "../overload/strangers.ts";
import type { Claim, EndedOf } from "../store/execution-table.ts";
import type { Verdict } from "../store/message-table.ts";
import type { Store } from "../store/store.ts";
import type { Accepted } from "../store/written.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Completions } from "./completions.ts";

export interface AdmitSurroundings {
  readonly store: Store;
  readonly decide: (message: Message) => Promise<Decision>;
  /** Executions have become due. */
  readonly wake: () => void;
  /** Room to run what the message is owed at once; undefined when that has to wait for its turn. */
  readonly reserve: (message: Message, decision: AcceptedDecision) => Room | undefined;
  readonly completions: Completions;
  /** Tells whoever follows the message log. */
  readonly tell: (happening: "accepted" | "ended", messageId: string) => void;
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
  readonly backlog: Backlog;
  readonly strangers: Strangers;
  readonly matchTimeoutMs: number;
  readonly now: () => number;
  readonly log: Logger;
}

/** Taken for functions that may have begun already. It must be used or given back. */
export interface Room {
  /** Resolves once it is best to store the message: what runs has ended, or is not about to. */
  readonly settled: () => Promise<void>;
  readonly endedOf: EndedOf;
  /** The message is on disk, and these are still to end. */
  readonly start: (claims: readonly Claim[]) => void;
  /** The message was refused. */
  readonly release: () => void;
}

export interface Admission {
  readonly message: Message;
  readonly verdict: Verdict;
  /** Undefined while the decision is still to come. */
  readonly decision: Decision | undefined;
}

const RETRY_MS = 1000;

/** Resolves once the message is on disk. Throws `storage_unavailable`, or `rate_limited` or `overloaded` for a stranger's. */
export async function admit(message: Message, around: AdmitSurroundings): Promise<Admission> {
  const deciding = decideTraced(message, around);
  const decision = await inTime(message, deciding, around);
  if (decision !== undefined) around.strangers.judge(message, decision);
  const verdict = await store(message, decision, around);
  if (decision === undefined) void decideLater(message, around, deciding);
  return { message, verdict, decision };
}

async function store(
  message: Message,
  decision: Decision | undefined,
  around: AdmitSurroundings,
): Promise<Verdict> {
  const { verdict, claims } = await accept(message, decision, around);
  const { status } = verdict;
  around.log.debug({ messageId: message.id, status, claimed: claims.length }, "message stored");
  around.tell("accepted", message.id);
  if (decision !== undefined) around.strangers.stored(message, decision);
  if (status === "PENDING") around.backlog.entered(message.body.length);
  else ended(message, verdict, decision, around);
  if (status === "PENDING" && decision !== undefined && claims.length === 0) around.wake();
  return verdict;
}

/** Stores message and decision, and with them what has run by then; the rest of it is claimed in the same commit. */
async function accept(
  message: Message,
  decision: Decision | undefined,
  around: AdmitSurroundings,
): Promise<Accepted> {
  const room = decision?.kind === "accepted" ? around.reserve(message, decision) : undefined;
  await room?.settled();
  const startedAt = performance.now();
  const accepted = await around.store
    .accept(message, decision, around.now(), room?.endedOf)
    .catch((error) => {
      room?.release();
      throw error;
    });
  const { verdict, claims } = accepted;
  if (verdict.duplicateOf === undefined) room?.start(claims);
  else room?.release();
  const attributes = { "hookyard.status": verdict.status };
  around.tracing?.step(message, { name: "commit", startedAt, attributes });
  return accepted;
}

async function decideTraced(message: Message, around: AdmitSurroundings): Promise<Decision> {
  const startedAt = performance.now();
  const decision = await around.decide(message);
  const provider = providerOf(decision) ?? "";
  const attributes = { "hookyard.decision": decision.kind, "hookyard.provider": provider };
  around.tracing?.step(message, { name: "match", startedAt, attributes });
  return decision;
}

/** By its decision alone. */
function ended(
  { id }: Message,
  { status }: Verdict,
  decision: Decision | undefined,
  { metrics, tell }: AdmitSurroundings,
): void {
  metrics.messageEnded(status, providerOf(decision));
  tell("ended", id);
}

async function inTime(
  { id: messageId }: Message,
  deciding: Promise<Decision>,
  { matchTimeoutMs, log }: AdmitSurroundings,
): Promise<Decision | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), matchTimeoutMs);
  try {
    return await Promise.race([deciding, late]);
  } catch (err) {
    log.error({ err, messageId }, "matching failed; the message is stored and matched again");
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Decides about a message that is stored already, however often it takes: the row stays undecided until then. */
export async function decideLater(
  message: Message,
  around: AdmitSurroundings,
  deciding?: Promise<Decision>,
): Promise<void> {
  for (let current = deciding; ; current = undefined) {
    try {
      const decision = await (current ?? decideTraced(message, around));
      const verdict = await around.store.decide(message, decision, around.now());
      if (verdict?.status === "PENDING") around.wake();
      else around.completions.finish(message.id);
      if (verdict === undefined) return;
      around.strangers.storedBefore(message, decision);
      if (verdict.status === "PENDING") return;
      around.backlog.left(message.body.length);
      ended(message, verdict, decision, around);
      return;
    } catch (err) {
      around.log.error(
        { err, messageId: message.id },
        "a stored message could not be decided; it is tried again",
      );
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const providerOf = (decision: Decision | undefined): string | undefined =>
  decision === undefined || decision.kind === "unmatched" ? undefined : decision.provider;
