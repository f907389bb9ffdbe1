/**
 * Decides whether the functions of a message start while it is being stored. They do not if the run would probably be
 * thrown away: the message is a repetition, or messages are being refused.
 */

import { type AcceptedDecision, firstToRun } from "../../model/decision.ts";
import { bodySize } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { deliveryOf } from "../../store/messages/verdict.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Executed } from "../execute/execute.ts";
import { type EarlyDeps, EarlyRuns } from "./early-runs.ts";

/** Functions on larger bodies wait for the memory budget of large messages. */
const MAX_BODY_BYTES = 64 * 1024;

export class EarlyStart {
  readonly #dispatcher: Dispatcher<Executed>;
  readonly #deps: EarlyDeps;
  /** Early runs by delivery, until their message is stored or refused. */
  readonly #starting = new Map<string, Promise<unknown>>();
  /** The message of the last early run was refused. Until a message is stored again, no run starts early. */
  #isRefusing = false;

  constructor(dispatcher: Dispatcher<Executed>, deps: EarlyDeps) {
    this.#dispatcher = dispatcher;
    this.#deps = deps;
  }

  /**
   * Reserves places for the functions of a message and starts them if allowed. Undefined if they must wait for their
   * turn.
   */
  reserve(message: Message, decision: AcceptedDecision): EarlyRuns | undefined {
    const first = firstToRun(decision.functions);
    const reservation = this.#dispatcher.reserve(first.map(({ name }) => name));
    if (reservation === undefined) return undefined;
    const delivery = deliveryOf(message, decision);
    const key = delivery === undefined ? undefined : `${delivery.provider}\n${delivery.key}`;
    // The earlier message of this delivery is stored first, so that this one is the duplicate. Otherwise the message
    // whose functions ran early could be refused, and script variables would keep traces of the refused run.
    const before = key === undefined ? undefined : this.#starting.get(key);
    const runs = new EarlyRuns(message, reservation, before, this.#deps);
    if (before === undefined && this.#mayStart(message, decision)) {
      runs.begin(first, decision);
      if (key !== undefined) this.#starting.set(key, runs.stored);
    }
    void runs.stored.then((isStored) => this.#noteStored(runs, key, isStored));
    return runs;
  }

  #mayStart(message: Message, decision: AcceptedDecision): boolean {
    const { store, now } = this.#deps;
    // A resubmission may need historical scripts, which take time to find.
    const isFirstSubmission = message.resubmission === undefined;
    const isSmall = bodySize(message) <= MAX_BODY_BYTES;
    if (!isFirstSubmission || !isSmall || this.#isRefusing) return false;
    // A sender that repeats a delivery must not keep functions busy.
    return !store.isRepeated(message, decision, now());
  }

  #noteStored({ hasBegun }: EarlyRuns, key: string | undefined, isStored: boolean): void {
    if (isStored || hasBegun) this.#isRefusing = !isStored;
    if (hasBegun && key !== undefined) this.#starting.delete(key);
  }
}
