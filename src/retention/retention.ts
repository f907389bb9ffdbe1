/**
 * Keeps the message log within its age and size limits. Removes a few messages at a time, so that no sender waits for
 * it.
 */
import type { Logger } from "../logger.ts";
import { leastIdAt } from "../model/message-id.ts";
import type { Strangers } from "../overload/strangers.ts";
import type { FileSize, RemovalRange } from "../store/retention/removal.ts";
import type { Store } from "../store/store.ts";

export interface RetentionDeps {
  readonly store: Pick<Store, "upkeep">;
  /** The limit for messages of strangers. */
  readonly strangers: Pick<Strangers, "excess" | "isOverLimit" | "removed" | "onOverLimit">;
  readonly log: Logger;
  readonly now: () => number;
  /** Days a message is kept after it was received; 0 keeps it forever. */
  readonly retentionDays: number;
  /** Bytes the message log may take; 0 for no limit. */
  readonly retentionBytes: number;
  /** Days an audit entry is kept; 0 keeps it forever. */
  readonly auditRetentionDays: number;
  /** Bytes the audit log may take; 0 for no limit. */
  readonly auditRetentionBytes: number;
}

const DAY_MS = 86_400_000;
const FIRST_AFTER_MS = 2000;
const EVERY_MS = 60_000;
/**
 * Delay of an extra pass when strangers' messages exceed their limit: sooner than the next regular pass, but not one
 * pass per message.
 */
const SOON_MS = 250;
/** How far the clock may run ahead of monotonic time. Otherwise a clock that jumps ahead would remove the whole log. */
const MAX_AHEAD_MS = 3_600_000;
/** Free pages are reused by new messages. Above this share of the file, they are returned to the file system. */
const MAX_FREE_SHARE = 0.1;
const MIN_FREE_BYTES = 8 * 1024 * 1024;
/** The pause between two steps, as a multiple of the last step's time: most of the time stays free for senders. */
const PAUSE = 3;
/** Sorts after every id, since ids consist of hexadecimal digits. */
const AFTER_ALL_IDS = "g";

export class Retention implements AsyncDisposable {
  readonly #deps: RetentionDeps;
  readonly #startedAt: number;
  readonly #monotonicAtStart = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  /** A pass is running, or an extra pass is scheduled. */
  #isScheduled = false;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
    this.#startedAt = deps.now();
    this.#runIn(FIRST_AFTER_MS);
    deps.strangers.onOverLimit(() => this.#runSoon());
  }

  /**
   * One pass: removes strangers' messages above their limit, messages above the age limit, and the oldest above the
   * size limit, then shrinks the file. Returns the number of removed messages.
   */
  async run(): Promise<number> {
    const { retentionDays, retentionBytes, strangers, log } = this.#deps;
    const { upkeep } = this.#deps.store;
    const before = AFTER_ALL_IDS;
    const isTooLarge = () => used(upkeep.fileSize()) > retentionBytes;
    const excess = () => ({ before, strangerBytes: strangers.excess });
    const ofStrangers = strangers.isOverLimit
      ? await this.#remove(excess, () => strangers.excess > 0)
      : 0;
    let removed = ofStrangers;
    const oldest = leastIdAt(this.#now() - retentionDays * DAY_MS);
    if (retentionDays > 0) removed += await this.#remove(() => ({ before: oldest }), untilNoneLeft);
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
    if (this.#isScheduled || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#runIn(SOON_MS);
    this.#isScheduled = true;
  }

  #runIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#isScheduled = true;
      this.#running = this.#runAndLog().finally(() => {
        this.#isScheduled = false;
        if (!this.#stopped) this.#runIn(EVERY_MS);
      });
    }, ms).unref();
  }

  async #runAndLog(): Promise<void> {
    try {
      await this.run();
    } catch (err) {
      this.#deps.log.error({ err }, "old messages could not be removed; trying again");
    }
  }

  #now(): number {
    const passed = performance.now() - this.#monotonicAtStart;
    return Math.min(this.#deps.now(), this.#startedAt + passed + MAX_AHEAD_MS);
  }

  /** Removes ended messages of a range, the oldest first, as long as `isNeeded` returns true. */
  async #remove(
    range: () => Omit<RemovalRange, "after">,
    isNeeded: () => boolean,
  ): Promise<number> {
    let removed = 0;
    for (let after = ""; !this.#stopped && isNeeded(); ) {
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

  /** Removes entries above the age limit, then the oldest above the size limit. */
  async #removeAudit(): Promise<void> {
    const { auditRetentionDays: days, auditRetentionBytes: maxBytes, store } = this.#deps;
    const { upkeep } = store;
    const before = this.#now() - days * DAY_MS;
    if (days > 0) await this.#whileSome(() => upkeep.removeSomeAudit(before));
    if (maxBytes === 0) return;
    await this.#whileSome(async () => Number(upkeep.countAudit()));
    if (upkeep.auditBytes > maxBytes) await this.#whileSome(() => upkeep.shortenAudit(maxBytes));
  }

  /** Repeats a step until it finds nothing to do. */
  async #whileSome(work: () => Promise<number>): Promise<void> {
    let found = 1;
    while (found > 0 && !this.#stopped) found = await this.#step(work);
  }

  async #shrink(): Promise<void> {
    const { upkeep } = this.#deps.store;
    if (!shouldShrink(upkeep.fileSize())) return;
    let more = true;
    while (more && !this.#stopped && upkeep.fileSize().free > 0)
      more = await this.#step(() => upkeep.shrink());
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    const pauseMs = PAUSE * (performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return result;
  }
}

const untilNoneLeft = () => true;

const used = ({ total, free }: FileSize): number => total - free;

const shouldShrink = ({ total, free }: FileSize): boolean =>
  free > MIN_FREE_BYTES && free > total * MAX_FREE_SHARE;
