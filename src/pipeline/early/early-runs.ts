/**
 * Runs functions while their message is being stored: most end before the commit, and their outcome is stored in it.
 * Their host calls wait until the message is on disk. If the message is refused, the runs are cancelled without any
 * effect.
 */

import type { AcceptedDecision, OwedFunction } from "../../model/decision.ts";
import type { Message } from "../../model/message.ts";
import { isLast, type LastAttempt } from "../../model/retry.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Reservation } from "../dispatch/dispatcher.ts";
import type { Executed } from "../execute/execute.ts";
import { type ExecutingDeps, executeTraced } from "../execute/execute-traced.ts";
import { conclude, type RecordDeps, report } from "../record/record.ts";

/**
 * How long storing waits for functions that have already started. A function that takes longer costs two extra
 * writes.
 */
const HOLD_MS = 100;
/** The counters of an execution at its first attempt. */
const FIRST_TRY = { leaseToken: 1, attempt: 0, interruptions: 0 };

export type EarlyDeps = ExecutingDeps & RecordDeps;

interface EarlyRun {
  readonly executed: Promise<Executed>;
  /** Undefined while it runs, or if it must run again. */
  ended: LastAttempt | undefined;
}

/**
 * The early runs of one message, and the places reserved for its executions. The caller must call `start` or
 * `release`.
 */
export class EarlyRuns {
  readonly #message: Message;
  readonly #reservation: Reservation<Executed>;
  readonly #before: Promise<unknown> | undefined;
  readonly #deps: EarlyDeps;
  readonly #runs = new Map<string, EarlyRun>();
  readonly #stored = Promise.withResolvers<boolean>();
  #isStored = false;
  /** Resolves when all runs have ended or one of them waits for a host call. */
  readonly #settled = Promise.withResolvers<void>();

  constructor(
    message: Message,
    reservation: Reservation<Executed>,
    before: Promise<unknown> | undefined,
    deps: EarlyDeps,
  ) {
    this.#message = message;
    this.#reservation = reservation;
    this.#before = before;
    this.#deps = deps;
  }

  /** Resolves with true once the message is stored, with false if it was refused. */
  get stored(): Promise<boolean> {
    return this.#stored.promise;
  }

  get hasBegun(): boolean {
    return this.#runs.size > 0;
  }

  begin(first: readonly OwedFunction[], decision: AcceptedDecision): void {
    for (const owed of first) {
      const executed = this.#execute(owed, decision);
      const run: EarlyRun = { executed, ended: undefined };
      this.#runs.set(owed.name, run);
      void executed.then((end) => this.#note(run, owed, end));
    }
  }

  /** Resolves when the message should be stored: all runs have ended, one of them waits, or `HOLD_MS` has passed. */
  async settled(): Promise<void> {
    await this.#before;
    if (!this.hasBegun) return;
    const timer = setTimeout(this.#settled.resolve, HOLD_MS);
    await this.#settled.promise;
    clearTimeout(timer);
  }

  readonly endedOf = (name: string): LastAttempt | undefined => this.#runs.get(name)?.ended;

  /** The message is on disk. `claims` are the executions that have not ended. */
  start(claims: readonly Claim[]): void {
    this.#setStored(true);
    const running = new Set(claims.map((claim) => claim.function));
    for (const [name, { ended }] of this.#runs) {
      const attempt = { messageId: this.#message.id, function: name };
      if (ended !== undefined && !running.has(name)) report(attempt, ended, this.#deps);
    }
    this.#reservation.start(claims, (name) => this.#runs.get(name)?.executed);
  }

  /** The message was refused. Cancels the runs that have not ended; they keep their places until they stop. */
  release(): void {
    this.#setStored(false);
    const all = [...this.#runs.values()].map(({ executed }) => executed);
    void Promise.all(all).then(() => this.#reservation.release());
  }

  #setStored(isStored: boolean): void {
    this.#isStored = isStored;
    this.#stored.resolve(isStored);
  }

  async #execute(owed: OwedFunction, decision: AcceptedDecision): Promise<Executed> {
    const { provider, eventType = null, deliveryId = null } = decision;
    let isWaiting = false;
    const onWaiting = () => {
      isWaiting = true;
      this.#settled.resolve();
    };
    const assignment = {
      message: this.#message,
      function: owed.name,
      params: owed.params,
      provider,
      eventType,
      deliveryId,
      attempt: 1,
      interruptions: 0,
      provisional: { stored: this.#stored.promise, onWaiting },
    };
    const executed = await executeTraced(assignment, this.#deps);
    return isWaiting && !this.#isStored && hasTimedOut(executed) ? NEVER_BEGAN : executed;
  }

  #note(run: EarlyRun, { retry }: OwedFunction, executed: Executed): void {
    const ended = conclude({ ...FIRST_TRY, retry }, executed, this.#deps);
    if (isLast(ended)) run.ended = ended;
    else this.#settled.resolve();
    if ([...this.#runs.values()].every((one) => one.ended !== undefined)) this.#settled.resolve();
  }
}

/** The run timed out while its host call waited for a slow disk. It has had no effect, so it runs again. */
const NEVER_BEGAN: Executed = {
  outcome: { kind: "interrupted", begun: false, logs: [], durationMs: 0 },
  version: "",
};

const hasTimedOut = ({ outcome }: Executed): boolean =>
  outcome.kind === "failure" && outcome.failure.kind === "TIMEOUT";
