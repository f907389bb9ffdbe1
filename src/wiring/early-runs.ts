/**
 * Functions begin while their message is being stored: most have ended by then, and are stored with it in one commit.
 * What they ask of the world waits until the message is on disk, and when it is refused nothing of them is left.
 */
import type { Dispatcher, Reservation } from "../dispatch/dispatcher.ts";
import type { Executed } from "../execute/execute.ts";
import type { Room } from "../ingress/admit.ts";
import { type AcceptedDecision, firstToRun, type OwedFunction } from "../model/decision.ts";
import { isLast, type LastAttempt } from "../model/execution.ts";
import type { Message } from "../model/message.ts";
import { conclude, type RecordSurroundings, report } from "../record/record.ts";
import type { Claim } from "../store/execution-table.ts";
import { type ExecutingSurroundings, executeTraced } from "./executing.ts";

/**
 * So long the answer to a sender waits for functions that may end at any moment. When a burst comes in, it is the time
 * of those before it: what takes longer is stored first, at the cost of two more writes each.
 */
const HOLD_MS = 100;
/** Larger ones take their turn with the bodies that are in memory at once. */
const MAX_BODY_BYTES = 64 * 1024;
/** The first try of an execution, as it is claimed. */
const FIRST_TRY = { leaseToken: 1, attempt: 0, interruptions: 0 };

type EarlySurroundings = ExecutingSurroundings & RecordSurroundings;

interface EarlyRun {
  readonly executed: Promise<Executed>;
  /** Undefined while it runs, or when it is to run again. */
  ended: LastAttempt | undefined;
}

/** Takes room for what a message is owed and begins it; undefined when it has to wait for its turn. */
export function beginEarly(
  message: Message,
  decision: AcceptedDecision,
  dispatcher: Dispatcher<Executed>,
  around: EarlySurroundings,
): Room | undefined {
  const first = firstToRun(decision.functions);
  const reservation = dispatcher.reserve(first.map(({ name }) => name));
  if (reservation === undefined) return undefined;
  const room = new EarlyRuns(message, reservation, around);
  // Scripts of another time have to be found first.
  const isOriginal = message.resubmission === undefined;
  const isSmall = message.body.length <= MAX_BODY_BYTES;
  // Whoever sends the same again and again is not to keep functions busy with it.
  if (isOriginal && isSmall && !around.store.isRepeated(message, decision, around.now()))
    room.begin(first, decision);
  return room;
}

class EarlyRuns implements Room {
  readonly #message: Message;
  readonly #reservation: Reservation<Executed>;
  readonly #around: EarlySurroundings;
  readonly #runs = new Map<string, EarlyRun>();
  /** Whether what they ask of the world may be done. */
  readonly #allowed = Promise.withResolvers<boolean>();
  /** All have ended, or one of them waits. */
  readonly #settled = Promise.withResolvers<void>();

  constructor(message: Message, reservation: Reservation<Executed>, around: EarlySurroundings) {
    this.#message = message;
    this.#reservation = reservation;
    this.#around = around;
  }

  begin(first: readonly OwedFunction[], decision: AcceptedDecision): void {
    for (const owed of first) {
      const executed = this.#execute(owed, decision);
      const run: EarlyRun = { executed, ended: undefined };
      this.#runs.set(owed.name, run);
      void executed.then((end) => this.#note(run, owed, end));
    }
  }

  async settled(): Promise<void> {
    if (this.#runs.size === 0) return;
    const timer = setTimeout(this.#settled.resolve, HOLD_MS);
    await this.#settled.promise;
    clearTimeout(timer);
  }

  readonly endedOf = (name: string): LastAttempt | undefined => this.#runs.get(name)?.ended;

  start(claims: readonly Claim[]): void {
    this.#allowed.resolve(true);
    const running = new Set(claims.map((claim) => claim.function));
    for (const [name, { ended }] of this.#runs) {
      const attempt = { messageId: this.#message.id, function: name };
      if (ended !== undefined && !running.has(name)) report(attempt, ended, this.#around);
    }
    this.#reservation.start(claims, (name) => this.#runs.get(name)?.executed);
  }

  /** Those that still run keep their room until they have ended. */
  release(): void {
    this.#allowed.resolve(false);
    const all = [...this.#runs.values()].map(({ executed }) => executed);
    void Promise.all(all).then(() => this.#reservation.release());
  }

  #execute(owed: OwedFunction, decision: AcceptedDecision): Promise<Executed> {
    const { provider, eventType = null, deliveryId = null } = decision;
    const assignment = {
      message: this.#message,
      function: owed.name,
      params: owed.params,
      provider,
      eventType,
      deliveryId,
      attempt: 1,
      interruptions: 0,
    };
    const allowed = () => this.#allowed.promise;
    const onWaiting = this.#settled.resolve;
    return executeTraced(assignment, { ...this.#around, allowed, onWaiting });
  }

  #note(run: EarlyRun, { retry }: OwedFunction, executed: Executed): void {
    const ended = conclude({ ...FIRST_TRY, retry }, executed, this.#around);
    if (isLast(ended)) run.ended = ended;
    else this.#settled.resolve();
    if ([...this.#runs.values()].every((one) => one.ended !== undefined)) this.#settled.resolve();
  }
}
