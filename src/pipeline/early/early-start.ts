/**
 * Whether the functions of a message begin while it is being stored: not when that would have to be undone, as with what
 * comes twice or is refused.
 */

import { type AcceptedDecision, firstToRun } from "../../model/decision.ts";
import { bodySize } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { deliveryOf } from "../../store/messages/verdict.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Executed } from "../execute/execute.ts";
import { type EarlyDeps, EarlyRuns } from "./early-runs.ts";

/** Larger ones take their turn with the bodies that are in memory at once. */
const MAX_BODY_BYTES = 64 * 1024;

export class EarlyStart {
  readonly #dispatcher: Dispatcher<Executed>;
  readonly #deps: EarlyDeps;
  /** Deliveries that have begun, until they are stored or refused. */
  readonly #begun = new Map<string, Promise<unknown>>();
  /** What was begun last was refused: until a message is stored, nothing is begun that may have to be undone. */
  #isRefusing = false;

  constructor(dispatcher: Dispatcher<Executed>, deps: EarlyDeps) {
    this.#dispatcher = dispatcher;
    this.#deps = deps;
  }

  /** Takes room for what a message is owed, and begins it when it may; undefined when it has to wait for its turn. */
  reserve(message: Message, decision: AcceptedDecision): EarlyRuns | undefined {
    const first = firstToRun(decision.functions);
    const reservation = this.#dispatcher.reserve(first.map(({ name }) => name));
    if (reservation === undefined) return undefined;
    const delivery = deliveryOf(message, decision);
    const key = delivery === undefined ? undefined : `${delivery.provider}\n${delivery.key}`;
    // It is stored first, and this one is the repetition: else what the scripts remember of the first would be wrong.
    const before = key === undefined ? undefined : this.#begun.get(key);
    const runs = new EarlyRuns(message, reservation, before, this.#deps);
    if (before === undefined && this.#mayBegin(message, decision)) {
      runs.begin(first, decision);
      if (key !== undefined) this.#begun.set(key, runs.stored);
    }
    void runs.stored.then((isStored) => this.#noteStored(runs, key, isStored));
    return runs;
  }

  #mayBegin(message: Message, decision: AcceptedDecision): boolean {
    const { store, now } = this.#deps;
    // Scripts of another time have to be found first.
    const isOriginal = message.resubmission === undefined;
    const isSmall = bodySize(message) <= MAX_BODY_BYTES;
    if (!isOriginal || !isSmall || this.#isRefusing) return false;
    // Whoever sends the same again and again is not to keep functions busy with it.
    return !store.isRepeated(message, decision, now());
  }

  #noteStored({ haveBegun }: EarlyRuns, key: string | undefined, isStored: boolean): void {
    if (isStored || haveBegun) this.#isRefusing = !isStored;
    if (haveBegun && key !== undefined) this.#begun.delete(key);
  }
}
