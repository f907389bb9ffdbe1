/**
 * Takes a message in: asks for the decision, stores both in one commit, and lets the functions begin. When the decision
 * takes too long the message is stored without it, and the decision follows.
 */
import type { Logger } from "../logger.ts";
import type { Decision } from "../model/decision.ts";
import type { Message } from "../model/message.ts";
import type { Verdict } from "../store/message-table.ts";
import type { Store } from "../store/store.ts";
import type { Completions } from "./completions.ts";

export interface AdmitSurroundings {
  readonly store: Store;
  readonly decide: (message: Message) => Promise<Decision>;
  /** Executions have become due. */
  readonly wake: () => void;
  readonly completions: Completions;
  readonly matchTimeoutMs: number;
  readonly now: () => number;
  readonly log: Logger;
}

export interface Admission {
  readonly message: Message;
  readonly verdict: Verdict;
  /** Undefined while the decision is still to come. */
  readonly decision: Decision | undefined;
}

const RETRY_MS = 1000;

/** Resolves once the message is on disk. Throws `storage_unavailable`. */
export async function admit(message: Message, around: AdmitSurroundings): Promise<Admission> {
  const deciding = around.decide(message);
  const decision = await inTime(deciding, around);
  const verdict = await around.store.accept(message, decision, around.now());
  if (decision === undefined) void decideLater(message, around, deciding);
  else if (verdict.status === "PENDING") around.wake();
  return { message, verdict, decision };
}

async function inTime(
  deciding: Promise<Decision>,
  { matchTimeoutMs, log }: AdmitSurroundings,
): Promise<Decision | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), matchTimeoutMs);
  try {
    return await Promise.race([deciding, late]);
  } catch (err) {
    log.error({ err }, "matching failed; the message is stored and matched again");
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
      const decision = await (current ?? around.decide(message));
      const verdict = await around.store.decide(message, decision, around.now());
      if (verdict?.status === "PENDING") around.wake();
      else around.completions.finish(message.id);
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
