/**
 * Claims what is due and hands it out, so many at once in all and so many of one function, with fair shares for functions
 * and providers. Everything it knows it can read again from the rows; a wake-up carries nothing.
 */
import type { Logger } from "../../logger.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Store } from "../../store/store.ts";
import { Leases } from "./leases.ts";
import { type Place, Places, type PlacesDeps, TakenPlaces } from "./places.ts";

/** `Begun`: what a run leads to that was begun before it was claimed. */
export interface DispatchDeps<Begun> extends PlacesDeps {
  readonly store: Store;
  readonly log: Logger;
  readonly now: () => number;
  /** Runs a claimed execution and records how it ended. Says whether more has become due. */
  readonly perform: (
    claim: Claim,
    begun?: Promise<Begun>,
  ) => Promise<{ readonly moreDue: boolean }>;
}

/** Room that was taken for executions about to be stored. It must be used or given back. */
export interface Reservation<Begun> {
  /** `begunOf` gives what was begun already, by the name of its function. */
  readonly start: (
    claims: readonly Claim[],
    begunOf: (name: string) => Promise<Begun> | undefined,
  ) => void;
  readonly release: () => void;
}

/** A storage error is tried again after this; the rows are still there. */
const RETRY_MS = 1000;
/** The longest sleep, so that a clock that jumped costs no more than this. */
const MAX_SLEEP_MS = 60_000;

/** Less is what clocks do when they are kept in time, and costs as little as it is. */
const CLOCK_STEP_MS = 1000;

export class Dispatcher<Begun> implements AsyncDisposable {
  readonly #deps: DispatchDeps<Begun>;
  readonly #places: Places;
  /** Reservations that were neither used nor given back yet. */
  #reserved = 0;
  #claiming = false;
  #again = false;
  /** All that is due was seen. What has come in since then, or has become due, is not. */
  #caughtUp = false;
  /** Functions that were seen to have more that is due than there was room for: what comes in now may not overtake it. */
  #waiting: ReadonlySet<string> = new Set();
  #stopped = false;
  /** The time when it last looked. */
  #seenAt = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #performing = new Set<Promise<void>>();

  readonly #leases: Leases;

  constructor(deps: DispatchDeps<Begun>) {
    this.#deps = deps;
    this.#places = new Places(deps);
    this.#leases = new Leases(deps, () => this.wake());
  }

  /** Something may be due. Cheap to call too often, wrong to call too rarely. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#caughtUp = false;
    if (!this.#claiming) void this.#claimAll();
  }

  /**
   * Room for one execution of each of these functions, so that they can be claimed as they are stored, which saves a
   * commit. Undefined when others of these functions wait already or there is no room: then they take their turn.
   */
  reserve(names: readonly string[]): Reservation<Begun> | undefined {
    if (!this.#caughtUp || this.#stopped) return undefined;
    if (this.#waiting.size > 0 && names.some((name) => this.#waiting.has(name))) return undefined;
    const taken = new TakenPlaces(this.#places);
    if (!taken.takeAll(names)) return undefined;
    this.#reserved += 1;
    const start: Reservation<Begun>["start"] = (claims, begunOf) => {
      this.#reserved -= 1;
      for (const claim of claims)
        this.#start(claim, taken.handOver(claim.function), begunOf(claim.function));
      taken.release();
      this.#offerRoom();
    };
    return { start, release: () => start([], () => undefined) };
  }

  /** Claims nothing any more; the rest stays in the rows for the next start. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#leases[Symbol.dispose]();
  }

  /** Resolves once nothing runs, or is about to. */
  async idle(): Promise<void> {
    // A round of claims that was on its way still hands out what it claimed, and who took room still uses it.
    while (this.#claiming || this.#reserved > 0 || this.#performing.size > 0) {
      await Promise.all([...this.#performing, new Promise((resolve) => setTimeout(resolve, 1))]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.idle();
  }

  async #claimAll(): Promise<void> {
    this.#claiming = true;
    try {
      for (let more = this.#again; more && !this.#stopped && this.#places.hasFree; ) {
        this.#again = false;
        more = await this.#claimRound();
      }
    } catch (err) {
      this.#deps.log.error({ err }, "pending executions could not be claimed");
      this.#caughtUp = false;
      this.#sleep(RETRY_MS);
    } finally {
      this.#claiming = false;
    }
  }

  /** Whether another round is to follow. */
  async #claimRound(): Promise<boolean> {
    const { store, now } = this.#deps;
    await this.#heedClock();
    const taken = new TakenPlaces(this.#places);
    try {
      const { claims, waiting, nextDueAt } = await store.claim(now(), taken);
      for (const claim of claims) this.#start(claim, taken.handOver(claim.function));
      this.#waiting = waiting;
      this.#caughtUp = !this.#again;
      if (claims.length === 0 && nextDueAt !== undefined) this.#sleep(nextDueAt - now());
      // Room may have become free since the round looked.
      return this.#again || claims.length > 0 || this.#canWaitingRun();
    } finally {
      taken.release();
    }
  }

  /** Somebody sets the clock back: what is pending would have to wait until it is as late again. */
  async #heedClock(): Promise<void> {
    const { store, now, log } = this.#deps;
    const at = now();
    const backMs = this.#seenAt - at;
    if (backMs > CLOCK_STEP_MS) {
      const moved = await store.leases.clockWentBack(at);
      log.warn({ backMs, moved }, "the clock went back; what was pending is due by the new time");
    }
    this.#seenAt = at;
  }

  #start(claim: Claim, place: Place, begun?: Promise<Begun>): void {
    this.#leases.hold(claim);
    const performing = this.#deps
      .perform(claim, begun)
      // The row still says RUNNING until its lease is over. Nothing better can be done without a database.
      .catch((err) =>
        this.#deps.log.error(
          { err, messageId: claim.messageId },
          "an execution could not be recorded",
        ),
      )
      .then((recorded) => {
        if (recorded?.moreDue === true) this.#caughtUp = false;
        this.#places.giveBack(place);
        this.#leases.release(claim);
        this.#performing.delete(performing);
        this.#offerRoom();
      });
    this.#performing.add(performing);
  }

  /** A place has become free: somebody may be waiting for it. */
  #offerRoom(): void {
    if (!this.#caughtUp) this.wake();
    else if (!this.#claiming && !this.#stopped && this.#canWaitingRun()) {
      // What comes in meanwhile for other functions does not wait for this round.
      this.#again = true;
      void this.#claimAll();
    }
  }

  #canWaitingRun(): boolean {
    for (const name of this.#waiting) if (this.#places.room(name) > 0) return true;
    return false;
  }

  #sleep(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(ms, 1), MAX_SLEEP_MS));
  }
}
