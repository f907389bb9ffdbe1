/**
 * Claims due executions and starts them, within the total limit, the concurrency of each function, and fair shares
 * for functions and providers. All of its state can be read again from the rows; a wake-up carries no data.
 */
import type { Logger } from "../../logger.ts";
import type { Claim } from "../../store/executions/execution-table.ts";
import type { Store } from "../../store/store.ts";
import { Leases } from "./leases.ts";
import { type Place, Places, type PlacesDeps, TakenPlaces } from "./places.ts";

/** `Begun`: the result of a run that started before its execution was claimed. */
export interface DispatchDeps<Begun> extends PlacesDeps {
  readonly store: Store;
  readonly log: Logger;
  readonly now: () => number;
  /** Runs a claimed execution and records its outcome. `moreDue` is true if other executions have become due. */
  readonly perform: (
    claim: Claim,
    begun?: Promise<Begun>,
  ) => Promise<{ readonly moreDue: boolean }>;
}

/** Places taken for executions that are about to be stored. The caller must start or release it. */
export interface Reservation<Begun> {
  /** `begunOf` returns the run that started already for a function, by the function's name. */
  readonly start: (
    claims: readonly Claim[],
    begunOf: (name: string) => Promise<Begun> | undefined,
  ) => void;
  readonly release: () => void;
}

/** Delay before claiming again after a storage error; the rows are still there. */
const RETRY_MS = 1000;
/** Maximum sleep: if the clock jumps, due executions wait no longer than this. */
const MAX_SLEEP_MS = 60_000;

/** Smaller steps back are normal clock adjustments and delay an execution by no more than this. */
const CLOCK_STEP_MS = 1000;

export class Dispatcher<Begun> implements AsyncDisposable {
  readonly #deps: DispatchDeps<Begun>;
  readonly #places: Places;
  /** Reservations that are neither started nor released yet. */
  #reserved = 0;
  #claiming = false;
  #again = false;
  /** The last round of claims saw every due execution, and none has been stored or become due since. */
  #caughtUp = false;
  /**
   * Functions with more due executions than free places. A new execution of these functions must not overtake the due
   * ones.
   */
  #waiting: ReadonlySet<string> = new Set();
  #stopped = false;
  /** The clock's time at the last round of claims. */
  #lastRoundAt = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #performing = new Set<Promise<void>>();

  readonly #leases: Leases;

  constructor(deps: DispatchDeps<Begun>) {
    this.#deps = deps;
    this.#places = new Places(deps);
    this.#leases = new Leases(deps, () => this.wake());
  }

  /** An execution may be due. Calling this too often is cheap; a missed call delays executions. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#caughtUp = false;
    if (!this.#claiming) void this.#claimAll();
  }

  /**
   * Takes a place for one execution of each of these functions, so that they can be claimed in the commit that stores
   * them, which saves a commit. Undefined when executions of these functions wait already or there is no free place:
   * the new ones then wait for their turn.
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

  /** Stops claiming. Unclaimed executions stay in their rows for the next start. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#leases[Symbol.dispose]();
  }

  /** Resolves once no execution runs and none is about to start. */
  async idle(): Promise<void> {
    // A round of claims in progress still starts what it claimed, and an open reservation may still be started.
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

  /** True if another round must follow. */
  async #claimRound(): Promise<boolean> {
    const { store, now } = this.#deps;
    await this.#handleClockStep();
    const taken = new TakenPlaces(this.#places);
    try {
      const { claims, waiting, nextDueAt } = await store.claim(now(), taken);
      for (const claim of claims) this.#start(claim, taken.handOver(claim.function));
      this.#waiting = waiting;
      this.#caughtUp = !this.#again;
      if (claims.length === 0 && nextDueAt !== undefined) this.#sleep(nextDueAt - now());
      // A place may have become free since the round started.
      return this.#again || claims.length > 0 || this.#canWaitingRun();
    } finally {
      taken.release();
    }
  }

  /**
   * If the clock was set back, moves the due times of pending executions: otherwise they would wait until the clock
   * reaches them again.
   */
  async #handleClockStep(): Promise<void> {
    const { store, now, log } = this.#deps;
    const at = now();
    const backMs = this.#lastRoundAt - at;
    if (backMs > CLOCK_STEP_MS) {
      const moved = await store.leases.clockWentBack(at);
      log.warn(
        { backMs, moved },
        "the clock went back; pending executions are due by the new time",
      );
    }
    this.#lastRoundAt = at;
  }

  #start(claim: Claim, place: Place, begun?: Promise<Begun>): void {
    this.#leases.hold(claim);
    const performing = this.#deps
      .perform(claim, begun)
      // The row stays RUNNING until its lease expires: without a database, nothing better can be done.
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

  /** A place is free: a waiting execution may start. */
  #offerRoom(): void {
    if (!this.#caughtUp) this.wake();
    else if (!this.#claiming && !this.#stopped && this.#canWaitingRun()) {
      // New executions of other functions need not wait for this round.
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
