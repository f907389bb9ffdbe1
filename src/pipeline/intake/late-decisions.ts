/**
 * Decides about stored messages, and retries until it succeeds: the row stays undecided until then. A message that
 * waits for a retry is kept as its id only, because the bodies of many messages would fill the memory.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../logger.ts";
import type { Decision } from "../../model/decision.ts";
import type { Message } from "../../model/message.ts";
import type { Backlog } from "../../overload/backlog.ts";
import type { Strangers } from "../../overload/strangers.ts";
import type { Store } from "../../store/store.ts";
import type { Completions } from "../completions.ts";
import { type DecidingDeps, decideTraced, endedByDecision, logUndecided } from "./decide-traced.ts";

export interface LateDecisionsDeps extends DecidingDeps {
  readonly store: Store;
  /** Notifies the dispatcher that executions are due. */
  readonly wake: () => void;
  readonly completions: Completions;
  readonly backlog: Backlog;
  readonly strangers: Strangers;
  readonly now: () => number;
  readonly log: Logger;
}

/** Messages loaded for a retry at once. */
const AT_ONCE = 8;
const RETRY_MS = 1000;

export class LateDecisions {
  /** Ids, longest waiting first. */
  readonly #waiting = new Set<string>();
  #working = 0;

  /** Records a pending decision about a message that was just stored. */
  async follow(
    message: Message,
    deciding: Promise<Decision>,
    deps: LateDecisionsDeps,
  ): Promise<void> {
    try {
      await record(message, await deciding, deps);
    } catch (err) {
      const { id } = message;
      logFailed(id, err, deps);
      // Only the id is kept until the retry.
      setTimeout(() => this.add(id, deps), RETRY_MS);
    }
  }

  /** Queues the id of a stored, undecided message. */
  add(messageId: string, deps: LateDecisionsDeps): void {
    this.#waiting.add(messageId);
    if (this.#working < AT_ONCE) void this.#work(deps);
  }

  async #work(deps: LateDecisionsDeps): Promise<void> {
    this.#working += 1;
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      await this.#decide(id, deps);
    }
    this.#working -= 1;
  }

  async #decide(id: string, deps: LateDecisionsDeps): Promise<void> {
    try {
      await decideStored(id, deps);
    } catch (err) {
      logFailed(id, err, deps);
      await sleep(RETRY_MS);
      this.#waiting.add(id);
    }
  }
}

/** A separate function, so that the message can be garbage-collected when it fails. */
async function decideStored(id: string, deps: LateDecisionsDeps): Promise<void> {
  const message = deps.store.message(id);
  await record(message, await decideTraced(message, deps), deps);
}

async function record(
  message: Message,
  decision: Decision,
  deps: LateDecisionsDeps,
): Promise<void> {
  const verdict = await deps.store.decide(message, decision, deps.now());
  if (verdict?.status === "PENDING") deps.wake();
  else deps.completions.finish(message.id);
  if (verdict === undefined) return;
  deps.strangers.storedBefore(message, decision);
  if (verdict.status === "PENDING") return;
  deps.backlog.left(message.body.length);
  endedByDecision(message, verdict, decision, deps);
}

function logFailed(messageId: string, err: unknown, { log }: LateDecisionsDeps): void {
  logUndecided(err, messageId, "a stored message could not be decided; retrying", log);
}
