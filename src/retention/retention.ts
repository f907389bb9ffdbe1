/** Keeps the message log within its age and size: now and then, a few messages at a time, so that no sender waits for it. */
import type { Logger } from "../logger.ts";
import { leastIdAt } from "../model/message-id.ts";
import type { Strangers } from "../overload/strangers.ts";
import type { FileSize, RemovalRange } from "../store/retention/removal.ts";
import type { Store } from "../store/store.ts";

export interface RetentionDeps {
  readonly store: Pick<Store, "upkeep">;
  /** Of what strangers may keep in the log. */
  readonly strangers: Pick<Strangers, "excess" | "isOverLimit" | "removed" | "onOverLimit">;
  readonly log: Logger;
  readonly now: () => number;
  /** Days a message is kept after it was received; 0 keeps it for good. */
  readonly retentionDays: number;
  /** Bytes the log may take; 0 for any number. */
  readonly retentionBytes: number;
  /** Days an entry of the audit log is kept; 0 keeps it for good. */
  readonly auditRetentionDays: number;
  /** Bytes the audit log may take; 0 for any number. */
  readonly auditRetentionBytes: number;
}

const DAY_MS = 86_400_000;
const FIRST_AFTER_MS = 2000;
const EVERY_MS = 60_000;
/** Strangers do not wait for the next pass, nor do they bring on one after the other. */
const SOON_MS = 250;
/** By how much the clock may run ahead of the time that has passed: one that jumps must not cost the whole log. */
const MAX_AHEAD_MS = 3_600_000;
/** Free room is used again by what comes in; past this share of the file it is given back. */
const MAX_FREE_SHARE = 0.1;
const MIN_FREE_BYTES = 8 * 1024 * 1024;
/** The rest between two steps, as a multiple of what a step took: most of the time belongs to senders. */
const REST = 3;
/** Behind every id: they are made of hexadecimal digits. */
const BEHIND_ALL = "g";

export class Retention implements AsyncDisposable {
  readonly #deps: RetentionDeps;
  readonly #startedAt: number;
  readonly #monotonicAtStart = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  /** A pass runs, or is about to. */
  #isSoon = false;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
    this.#startedAt = deps.now();
    this.#runIn(FIRST_AFTER_MS);
    deps.strangers.onOverLimit(() => this.#runSoon());
  }

  /**
   * One pass: strangers' messages that are too much, what is too old, what is too much of all, then room that nobody
   * needs. Returns the messages removed.
   */
  async run(): Promise<number> {
    const { retentionDays, retentionBytes, strangers, log } = this.#deps;
    const { upkeep } = this.#deps.store;
    const before = BEHIND_ALL;
    const isTooLarge = () => used(upkeep.fileSize()) > retentionBytes;
    const excess = () => ({ before, strangerBytes: strangers.excess });
    const ofStrangers = strangers.isOverLimit
      ? await this.#remove(excess, () => strangers.excess > 0)
      : 0;
    let removed = ofStrangers;
    const oldest = leastIdAt(this.#now() - retentionDays * DAY_MS);
    if (retentionDays > 0) removed += await this.#remove(() => ({ before: oldest }), always);
    if (retentionBytes > 0) {
      removed += await this.#remove(() => ({ before, strangerBytes: Infinity }), isTooLarge);
      removed += await this.#remove(() => ({ before }), isTooLarge);
    }
    await this.#removeAudit();
    await this.#shrink();
    if (removed > 0) log.info({ removed, ofStrangers }, "messages were removed: retention");
    return removed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #runSoon(): void {
    if (this.#isSoon || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#runIn(SOON_MS);
    this.#isSoon = true;
  }

  #runIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#isSoon = true;
      this.#running = this.#runAndLog().finally(() => {
        this.#isSoon = false;
        if (!this.#stopped) this.#runIn(EVERY_MS);
      });
    }, ms).unref();
  }

  async #runAndLog(): Promise<void> {
    try {
      await this.run();
    } catch (err) {
      this.#deps.log.error({ err }, "old messages could not be removed; it is tried again");
    }
  }

  #now(): number {
    const passed = performance.now() - this.#monotonicAtStart;
    return Math.min(this.#deps.now(), this.#startedAt + passed + MAX_AHEAD_MS);
  }

  /** Removes ended messages of a range, oldest first, for as long as that is `wanted`. */
  async #remove(range: () => Omit<RemovalRange, "after">, wanted: () => boolean): Promise<number> {
    let removed = 0;
    for (let after = ""; !this.#stopped && wanted(); ) {
      const { count, last, strangerBytes } = await this.#step(() =>
        this.#deps.store.upkeep.removeSome({ ...range(), after }),
      );
      this.#deps.strangers.removed(strangerBytes);
      if (last === undefined) break;
      removed += count;
      after = last;
    }
    return removed;
  }

  /** What is too old, then the oldest of what is too much. */
  async #removeAudit(): Promise<void> {
    const { auditRetentionDays: days, auditRetentionBytes: most, store } = this.#deps;
    const { upkeep } = store;
    const before = this.#now() - days * DAY_MS;
    if (days > 0) await this.#whileSome(() => upkeep.removeSomeAudit(before));
    if (most === 0) return;
    await this.#whileSome(async () => Number(upkeep.countAudit()));
    if (upkeep.auditBytes > most) await this.#whileSome(() => upkeep.shortenAudit(most));
  }

  /** Repeats a step until it has found nothing left to do. */
  async #whileSome(work: () => Promise<number>): Promise<void> {
    let found = 1;
    while (found > 0 && !this.#stopped) found = await this.#step(work);
  }

  async #shrink(): Promise<void> {
    const { upkeep } = this.#deps.store;
    if (!hasRoomToGive(upkeep.fileSize())) return;
    let more = true;
    while (more && !this.#stopped && upkeep.fileSize().free > 0)
      more = await this.#step(() => upkeep.shrink());
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    const restMs = REST * (performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, restMs));
    return result;
  }
}

const always = () => true;

const used = ({ total, free }: FileSize): number => total - free;

const hasRoomToGive = ({ total, free }: FileSize): boolean =>
  free > MIN_FREE_BYTES && free > total * MAX_FREE_SHARE;
