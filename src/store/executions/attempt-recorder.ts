/** Writes how an attempt ended, and what follows from it for its execution and its message. */
import type { Outcome } from "../../model/outcome.ts";
import type { EndedAttempt } from "../../model/retry.ts";
import type { DeliveryTable } from "../messages/delivery-table.ts";
import type { EndedMessage, MessageTable } from "../messages/message-table.ts";
import { noteOfAttempt, noteOfAttempts } from "../messages/note.ts";
import type { Rollups } from "../rollups/rollups.ts";
import type { Recorded } from "../write-results.ts";
import type { AttemptTable } from "./attempt-table.ts";
import type { Claim, ExecutionTable } from "./execution-table.ts";

export interface AttemptRecorderDeps {
  readonly messages: MessageTable;
  readonly executions: ExecutionTable;
  readonly attempts: AttemptTable;
  readonly deliveries: DeliveryTable;
  readonly rollups: Pick<Rollups, "ended">;
}

export class AttemptRecorder {
  readonly #deps: AttemptRecorderDeps;

  constructor(deps: AttemptRecorderDeps) {
    this.#deps = deps;
  }

  /** Runs in a transaction. */
  record(claim: Claim, ended: EndedAttempt): Recorded {
    const { executions, attempts } = this.#deps;
    const { outcome, step, version, endedAt } = ended;
    const interrupted = outcome.kind === "interrupted";
    const attempt = claim.attempt + (interrupted ? 0 : 1);
    const interruptions = claim.interruptions + (interrupted && outcome.begun ? 1 : 0);
    const runAt = step.status === "PENDING" ? endedAt + step.delayMs : null;
    const progress = { status: step.status, runAt, attempt, interruptions, version };
    if (!executions.move(claim, progress)) return { stale: true, ended: undefined, moreDue: false };
    attempts.insert(claim, ended);
    this.#note(claim, outcome);
    if (step.status === "PENDING") return { stale: false, ended: undefined, moreDue: true };
    const moreDue = claim.followed && executions.releaseNext(claim.messageId, endedAt);
    return { stale: false, ended: this.#finish(claim.messageId), moreDue };
  }

  #finish(messageId: string): EndedMessage | undefined {
    const { messages, deliveries, rollups } = this.#deps;
    const ended = messages.finish(messageId);
    if (ended === undefined) return undefined;
    rollups.ended(messageId);
    deliveries.noteEnd(messageId, ended.status, ended.resubmittedFrom ?? undefined);
    return ended;
  }

  #note({ messageId, attempt }: Claim, outcome: Outcome): void {
    const { messages, attempts } = this.#deps;
    if (outcome.kind === "interrupted") return;
    const note = noteOfAttempt(outcome);
    if (note !== undefined) messages.note(messageId, note, outcome.kind === "failure");
    // A retry that sets no note removes the note of its earlier attempts, not the notes of other functions.
    else if (attempt > 0)
      messages.note(messageId, noteOfAttempts(attempts.latestOf(messageId)), true);
  }
}
