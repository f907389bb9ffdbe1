/** Says when a child must be ended: it hangs, bloats, sleeps for good or does not answer. Asked every few milliseconds. */

import { type EntryMark, monotonicMs } from "../wire/entry-mark.ts";
import type { KillReason, SandboxChild } from "./child-process.ts";
import { cpuUse, residentBytes } from "./child-vitals.ts";

/** How much longer than its limit an entry may take before the process is killed: V8 cannot stop everything. */
const GRACE_MS = 150;
const MEGABYTE = 1024 * 1024;
/**
 * By how much the process may grow in one entry: V8 may legally use a multiple of an isolate's limit before it notices,
 * and some ways of filling a heap it does not notice at all.
 */
const growthLimit = (memoryMb: number) => (128 + 3 * memoryMb) * MEGABYTE;
/** For the process as a whole: many honest runs may add up to it. */
const MAX_RESIDENT_BYTES = 1024 * MEGABYTE;
/**
 * A script that is being run and uses no CPU for this long: V8 has put the thread to sleep for good, which it does
 * when an isolate runs out of memory in a way that cannot be caught.
 */
const ASLEEP_MS = 300;
/** A script that has run for so long in one go holds up what else its process has to do. */
const HELD_MS = 250;
/** And for so long after it: the next run in its line may be another of the kind. */
const HELD_AFTER_MS = 1000;
/** Silence with work at hand and no script running: asked after the first time, killed after the second. */
const SILENCE_MS = 2000;
/** What it was given it has to read first, and main to write: a busy machine passes on two megabytes in a second. */
const SILENCE_PER_MEGABYTE_MS = 500;
/** A start takes a fraction of a second, and much longer on a machine that has other things to do. */
const START_WITHIN_MS = 30_000;
/** Who waits for a turn to run cannot answer: below this share of a core the silence is the machine's. */
const STARVED_SHARE = 0.2;
const TICK_MS = 10;
/** Between two looks: longer, and main itself was kept from running. What a child was to do meanwhile is not late yet. */
const ABSENT_MS = 250;

export class Watchdog {
  readonly #child: SandboxChild;
  readonly #bornAt = performance.now();
  /** When it was asked, in milliseconds of `performance.now`, and the ticks it had used; undefined while nothing is asked. */
  #pinged: { readonly at: number; readonly ticks: number } | undefined;
  #lookedAt = 0;
  /** Until then, in milliseconds of the monotonic clock, nothing counts as late. */
  #lenientUntil = 0;
  /** The entry seen last, by when it is due, and the memory of the process when it was first seen. */
  #dueAt = 0;
  #residentAtEntry = 0;
  #seenAt = 0;
  #heldAt = Number.NEGATIVE_INFINITY;
  /** The entry that was seen to use no CPU, and since when. */
  #asleep: { readonly dueAt: number; readonly ticks: number; readonly since: number } | undefined;
  /** As of the last look: scripts run for long in one go, and nothing else of the process goes on meanwhile. */
  isHeld = false;
  /** In bytes, as of the last look. */
  resident = 0;

  constructor(child: SandboxChild) {
    this.#child = child;
  }

  /** It has been given something to do after a rest: from now on silence means something. */
  wake(): void {
    this.#child.heardAt = performance.now();
    this.#pinged = undefined;
    this.#lookedAt = monotonicMs();
    this.#heldAt = Number.NEGATIVE_INFINITY;
    this.isHeld = false;
  }

  /** Why the child must be ended now. `memoryOf` gives the limit of a request, in MB. */
  look(memoryOf: (id: number) => number): KillReason | undefined {
    const now = monotonicMs();
    if (now - this.#lookedAt > ABSENT_MS) this.#beLenient(now);
    this.#lookedAt = now;
    const mark = this.#child.mark();
    this.resident = residentBytes(this.#child.pid);
    const isNew = mark.dueAt !== this.#dueAt;
    if (isNew) this.#seeEntry(mark, now);
    if (mark.id !== 0 && now - this.#seenAt > HELD_MS) this.#heldAt = now;
    this.isHeld = now - this.#heldAt < HELD_AFTER_MS;
    if (mark.id === 0) return this.#bloated() ?? this.#silent();
    if (now > Math.max(mark.dueAt + GRACE_MS, this.#lenientUntil)) return mark.limit;
    if (this.resident - this.#residentAtEntry > growthLimit(memoryOf(mark.id)))
      return "MEMORY_LIMIT";
    // Most are seen once, and nobody has to ask what the process is doing.
    const isAsleep = !isNew && this.#isAsleep(mark, now);
    return this.#bloated() ?? (isAsleep ? "MEMORY_LIMIT" : undefined);
  }

  #beLenient(now: number): void {
    this.#lenientUntil = now + ABSENT_MS;
    // Its answer may have come meanwhile, and not have been read.
    this.#child.heardAt = performance.now();
    this.#pinged = undefined;
  }

  #seeEntry(mark: EntryMark, now: number): void {
    // Going from one script to the next is a sign of life too.
    this.#child.heardAt = performance.now();
    this.#dueAt = mark.dueAt;
    this.#residentAtEntry = this.resident;
    this.#seenAt = now;
  }

  #bloated(): KillReason | undefined {
    return this.resident > MAX_RESIDENT_BYTES ? "bloated" : undefined;
  }

  #isAsleep({ dueAt }: EntryMark, now: number): boolean {
    const use = cpuUse(this.#child.pid);
    const ticks = use?.state === "S" ? use.ticks : undefined;
    const before = this.#asleep;
    if (ticks === undefined) this.#asleep = undefined;
    else if (before?.dueAt !== dueAt || before.ticks !== ticks)
      this.#asleep = { dueAt, ticks, since: now };
    return this.#asleep !== undefined && now - this.#asleep.since > ASLEEP_MS;
  }

  #silent(): KillReason | undefined {
    const now = performance.now();
    const patienceMs =
      SILENCE_MS + (this.#child.holds.messageBytes / MEGABYTE) * SILENCE_PER_MEGABYTE_MS;
    if (!this.#child.isReady)
      return now - this.#bornAt > START_WITHIN_MS ? "unresponsive" : undefined;
    if (now - this.#child.heardAt < patienceMs) this.#pinged = undefined;
    else if (this.#pinged === undefined) {
      this.#pinged = { at: now, ticks: cpuUse(this.#child.pid)?.ticks ?? 0 };
      this.#child.send({ type: "ping" });
    } else if (now - this.#pinged.at > patienceMs && !this.#isStarved(this.#pinged, now))
      return "unresponsive";
    return undefined;
  }

  #isStarved({ at, ticks }: { readonly at: number; readonly ticks: number }, now: number): boolean {
    const use = cpuUse(this.#child.pid);
    return use?.state === "R" && (use.ticks - ticks) * TICK_MS < (now - at) * STARVED_SHARE;
  }
}
