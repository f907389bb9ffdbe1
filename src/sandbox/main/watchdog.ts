/**
 * Decides when a child must be killed: it hangs, uses too much memory, sleeps for good or does not respond. Called
 * every few milliseconds.
 */

import { type EntryMark, monotonicMs } from "../wire/entry-mark.ts";
import type { KillReason, SandboxChild } from "./child-process.ts";
import { type CpuUse, cpuUse, residentBytes } from "./process-stats.ts";

/** How much longer than its limit an entry may take before the process is killed: V8 cannot stop every operation. */
const GRACE_MS = 150;
const MEGABYTE = 1024 * 1024;
/**
 * How much the process may grow in one entry. V8 may use several times an isolate's limit before it notices, and does
 * not notice some ways of filling a heap at all.
 */
const growthLimit = (memoryMb: number) => (128 + 3 * memoryMb) * MEGABYTE;
/** The limit of the whole process: many ordinary runs may add up to it. */
const MAX_RESIDENT_BYTES = 1024 * MEGABYTE;
/**
 * A running script that uses no CPU for this long is asleep for good: V8 blocks the thread when an isolate runs out
 * of memory in a way that cannot be caught.
 */
const ASLEEP_MS = 300;
/** A script that runs this long without a pause blocks its process. */
const BLOCKED_MS = 250;
/** The process counts as blocked for this long afterwards: the next run of the same function may block it too. */
const BLOCKED_AFTER_MS = 1000;
/**
 * A child with requests but no running script must send a message within this time. Then it is sent a ping, and after
 * the same time again it is killed.
 */
const RESPONSE_TIMEOUT_MS = 2000;
/** Additional time per megabyte of the message: on a busy machine the pipe takes half a second per megabyte. */
const RESPONSE_MS_PER_MEGABYTE = 500;
/** A start takes a fraction of a second, and much longer on a busy machine. */
const START_TIMEOUT_MS = 30_000;
/** A child that got less than this share of a core could not respond. */
const STARVED_SHARE = 0.2;
/**
 * An entry with a CPU limit may be late until it has had this share of its time as CPU time. `guest-context.ts` goes by
 * the same share.
 */
const LATE_SHARE = 0.5;
/** How late it may be. A longer delay would hold up all requests of the process. */
const MAX_LATE_MS = 5000;
const TICK_MS = 10;
/** If main was not scheduled for this long, nothing of that time counts as late. */
const MAIN_PAUSED_MS = 250;

/** The CPU ticks of the child at a time. */
interface CpuReading {
  readonly at: number;
  readonly ticks: number;
}

/** The part of a child that the watchdog looks at. */
export type WatchedChild = Pick<
  SandboxChild,
  "pid" | "mark" | "isReady" | "cache" | "send" | "lastMessageAt"
>;

export class Watchdog {
  readonly #child: WatchedChild;
  readonly #startedAt = performance.now();
  /** The ping without a response, in milliseconds of `performance.now`. */
  #pinged: CpuReading | undefined;
  #checkedAt = 0;
  /** Until then, in milliseconds of the monotonic clock, nothing counts as late. */
  #pausedUntil = 0;
  /** The current entry, identified by its deadline, and the memory of the process when the entry was first seen. */
  #dueAt = 0;
  #residentAtEntry = 0;
  #entrySeenAt = 0;
  /** CPU use of the child when the current entry was seen for the second time. */
  #entryUse: CpuReading | undefined;
  #blockedAt = Number.NEGATIVE_INFINITY;
  /** The entry that used no CPU, and since when. */
  #asleep: { readonly dueAt: number; readonly ticks: number; readonly since: number } | undefined;
  /** True if scripts block the process, as of the last check. */
  isBlocked = false;
  /** Resident bytes, as of the last check. */
  resident = 0;

  constructor(child: WatchedChild) {
    this.#child = child;
  }

  /** Called when an idle child gets a request: from now on it must respond. */
  wake(): void {
    this.#child.lastMessageAt = performance.now();
    this.#pinged = undefined;
    this.#checkedAt = monotonicMs();
    this.#blockedAt = Number.NEGATIVE_INFINITY;
    this.isBlocked = false;
  }

  /** Why the child must be killed now. `memoryOf` returns the limit of a request, in MB. */
  check(memoryOf: (id: number) => number): KillReason | undefined {
    const now = monotonicMs();
    if (now - this.#checkedAt > MAIN_PAUSED_MS) this.#pauseLimits(now);
    this.#checkedAt = now;
    const mark = this.#child.mark();
    this.resident = residentBytes(this.#child.pid);
    const isNew = mark.dueAt !== this.#dueAt;
    if (isNew) this.#noteNewEntry(mark, now);
    if (mark.id !== 0 && now - this.#entrySeenAt > BLOCKED_MS) this.#blockedAt = now;
    this.isBlocked = now - this.#blockedAt < BLOCKED_AFTER_MS;
    if (mark.id === 0) return this.#sizeReason() ?? this.#silenceReason();
    return this.#entryReason(mark, isNew, memoryOf(mark.id));
  }

  #entryReason(mark: EntryMark, isNew: boolean, memoryMb: number): KillReason | undefined {
    const now = this.#checkedAt;
    // Most entries are seen only once and need no further system call.
    const use = isNew ? undefined : cpuUse(this.#child.pid);
    if (use !== undefined) this.#entryUse ??= { at: now, ticks: use.ticks };
    const isOverdue = now > Math.max(mark.dueAt + GRACE_MS, this.#pausedUntil);
    if (isOverdue && !this.#mayBeLate(mark, now, use)) return mark.limit;
    if (this.resident - this.#residentAtEntry > growthLimit(memoryMb)) return "MEMORY_LIMIT";
    const isAsleep = !isNew && this.#isAsleep(mark, now, use);
    return this.#sizeReason() ?? (isAsleep ? "MEMORY_LIMIT" : undefined);
  }

  #pauseLimits(now: number): void {
    this.#pausedUntil = now + MAIN_PAUSED_MS;
    // Its response may have arrived without being read yet.
    this.#child.lastMessageAt = performance.now();
    this.#pinged = undefined;
  }

  #noteNewEntry(mark: EntryMark, now: number): void {
    // Entering another script is a sign of life too.
    this.#child.lastMessageAt = performance.now();
    this.#dueAt = mark.dueAt;
    this.#residentAtEntry = this.resident;
    this.#entrySeenAt = now;
    this.#entryUse = undefined;
  }

  /** True if the machine gave the child too little CPU for the entry: the script is not to blame. */
  #mayBeLate({ dueAt, limit }: EntryMark, now: number, use: CpuUse | undefined): boolean {
    const since = this.#entryUse;
    if (limit === "TIMEOUT" || now - dueAt > MAX_LATE_MS) return false;
    if (since === undefined || use?.state !== "R") return false;
    const allowedMs = dueAt + GRACE_MS - since.at;
    return (use.ticks - since.ticks) * TICK_MS < allowedMs * LATE_SHARE;
  }

  #sizeReason(): KillReason | undefined {
    return this.resident > MAX_RESIDENT_BYTES ? "bloated" : undefined;
  }

  #isAsleep({ dueAt }: EntryMark, now: number, use: CpuUse | undefined): boolean {
    const ticks = use?.state === "S" ? use.ticks : undefined;
    const before = this.#asleep;
    if (ticks === undefined) this.#asleep = undefined;
    else if (before?.dueAt !== dueAt || before.ticks !== ticks)
      this.#asleep = { dueAt, ticks, since: now };
    return this.#asleep !== undefined && now - this.#asleep.since > ASLEEP_MS;
  }

  #silenceReason(): KillReason | undefined {
    const now = performance.now();
    const timeoutMs =
      RESPONSE_TIMEOUT_MS + (this.#child.cache.messageBytes / MEGABYTE) * RESPONSE_MS_PER_MEGABYTE;
    if (!this.#child.isReady)
      return now - this.#startedAt > START_TIMEOUT_MS ? "unresponsive" : undefined;
    if (now - this.#child.lastMessageAt < timeoutMs) this.#pinged = undefined;
    else if (this.#pinged === undefined) {
      this.#pinged = { at: now, ticks: cpuUse(this.#child.pid)?.ticks ?? 0 };
      this.#child.send({ type: "ping" });
    } else if (
      now - this.#pinged.at > timeoutMs &&
      !isStarved(this.#pinged, now, cpuUse(this.#child.pid))
    )
      return "unresponsive";
    return undefined;
  }
}

/** True if the child could run since the reading, and the machine gave it hardly any CPU. */
function isStarved(since: CpuReading | undefined, now: number, use: CpuUse | undefined): boolean {
  if (since === undefined || use?.state !== "R") return false;
  return (use.ticks - since.ticks) * TICK_MS < (now - since.at) * STARVED_SHARE;
}
