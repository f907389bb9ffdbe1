/**
 * Accepts a message: requests the match decision, stores message and decision in one commit, and starts the
 * functions. If the decision takes too long, the message is stored without it and decided later.
 */
import type { AcceptedDecision, Decision } from "../../model/decision.ts";
import type { Message } from "../../model/message.ts";
import type { Verdict } from "../../store/messages/message-table.ts";
import type { Accepted } from "../../store/write-results.ts";
import type { EarlyRuns } from "../early/early-runs.ts";
import { decideTraced, endedByDecision, logUndecided } from "./decide-traced.ts";
import type { LateDecisions, LateDecisionsDeps } from "./late-decisions.ts";

export interface AdmitDeps extends LateDecisionsDeps {
  readonly late: LateDecisions;
  /** Starts the functions while the message is being stored; undefined if they must wait for their turn. */
  readonly reserve: (message: Message, decision: AcceptedDecision) => EarlyRuns | undefined;
  readonly matchTimeoutMs: number;
}

export interface Admission {
  /** Without a large body: a sender may wait long for the functions, and the body is not needed for the answer. */
  readonly message: Message;
  readonly bodyBytes: number;
  readonly verdict: Verdict;
  /** Undefined if the message is not decided yet. */
  readonly decision: Decision | undefined;
}

const LARGE_BYTES = 64 * 1024;
const NO_BODY = Buffer.alloc(0);

/**
 * Resolves once the message is on disk. Throws `storage_unavailable`, and for a message of a stranger `rate_limited`
 * or `overloaded`.
 */
export async function admit(message: Message, deps: AdmitDeps): Promise<Admission> {
  const deciding = decideTraced(message, deps);
  const decision = await decideInTime(message, deciding, deps);
  if (decision !== undefined) deps.strangers.judge(message, decision);
  const verdict = await store(message, decision, deps);
  if (decision === undefined) void deps.late.follow(message, deciding, deps);
  return { message: withoutLargeBody(message), bodyBytes: message.body.length, verdict, decision };
}

async function store(
  message: Message,
  decision: Decision | undefined,
  deps: AdmitDeps,
): Promise<Verdict> {
  const { verdict, claims } = await accept(message, decision, deps);
  const { status } = verdict;
  deps.log.debug({ messageId: message.id, status, claimed: claims.length }, "message stored");
  deps.notifyFollowers("accepted", message.id);
  if (decision !== undefined) deps.strangers.stored(message, decision);
  if (status === "PENDING") deps.backlog.entered(message.body.length);
  else endedByDecision(message, verdict, decision, deps);
  if (status === "PENDING" && decision !== undefined && claims.length === 0) deps.wake();
  return verdict;
}

/**
 * Stores message and decision with the outcomes of the runs that have ended; the other executions are claimed in the
 * same commit.
 */
async function accept(
  message: Message,
  decision: Decision | undefined,
  deps: AdmitDeps,
): Promise<Accepted> {
  const early = decision?.kind === "accepted" ? deps.reserve(message, decision) : undefined;
  await early?.settled();
  const startedAt = performance.now();
  const accepted = await deps.store
    .accept(message, decision, deps.now(), early?.endedOf)
    .catch((error) => {
      early?.release();
      throw error;
    });
  const { verdict, claims } = accepted;
  const isFirst = verdict.duplicateOf === undefined && verdict.repetitionOf === undefined;
  if (isFirst) early?.start(claims);
  else early?.release();
  const attributes = { "hookyard.status": verdict.status };
  deps.tracing?.step(message, { name: "commit", startedAt, attributes });
  return accepted;
}

async function decideInTime(
  { id: messageId }: Message,
  deciding: Promise<Decision>,
  { matchTimeoutMs, log }: AdmitDeps,
): Promise<Decision | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), matchTimeoutMs);
  try {
    return await Promise.race([deciding, late]);
  } catch (err) {
    logUndecided(err, messageId, "matching failed; the message is stored and matched again", log);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

const withoutLargeBody = (message: Message): Message =>
  message.body.length > LARGE_BYTES ? { ...message, body: NO_BODY } : message;
