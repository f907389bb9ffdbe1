/**
 * The isolate of one function version, shared by its runs. Each run has a slot: a context of its own, so that no run
 * sees another's variables. Slots are warm: they serve one run after the other.
 */
import type { ChildFunction } from "../wire/protocol.ts";
import type { EntryFailure } from "./entry-failure.ts";
import type { FunctionRun } from "./function-run.ts";
import { GuestContext, type GuestListener } from "./guest-context.ts";
import { type GuestCode, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";

/**
 * About how many runs a slot serves. A new slot takes milliseconds and starts with cold code, so the number varies:
 * otherwise all functions of a message would replace theirs at once. The heap is checked far more often.
 */
const MAX_RUNS = 10_000;
const maxRuns = () => Math.round(MAX_RUNS * (0.75 + Math.random() / 4));
const MAX_SLOTS = 100;
/**
 * Above this no slot is added, and the isolate is replaced, so that a function that leaks memory in every run gets a
 * new isolate before it hits its limit.
 */
const MAX_HEAP_SHARE = 0.5;
const HEAP_CHECK_EVERY = 8;

export interface Slot {
  readonly isolate: SharedIsolate;
  readonly context: GuestContext;
  run: FunctionRun | undefined;
  runs: number;
  maxRuns: number;
}

export class SharedIsolate {
  readonly key: string;
  readonly #isolate: ScriptIsolate;
  readonly #fn: ChildFunction;
  readonly #busy = new Set<Slot>();
  /** A stack: the slot released last is acquired first. */
  readonly #idle: Slot[] = [];
  #retired: boolean;
  /** When a slot was last released, in milliseconds of `performance.now`. */
  usedAt = performance.now();

  /** `isSingleUse`: the isolate serves a single run. */
  constructor(guest: GuestCode, key: string, fn: ChildFunction, isSingleUse: boolean) {
    this.#isolate = new ScriptIsolate(guest, fn.limits.memoryMb);
    this.key = key;
    this.#fn = fn;
    this.#retired = isSingleUse;
  }

  /** No run and no usable slot is left. */
  get isEmpty(): boolean {
    return this.#busy.size === 0 && (this.#idle.length === 0 || this.#retired);
  }

  get idleSlots(): number {
    return this.#idle.length;
  }

  /** True if another run is or was here: it may have used the memory that is missing. */
  hasOtherRuns(slot: Slot): boolean {
    return this.#busy.size > 1 || slot.runs > 0 || this.#idle.length > 0;
  }

  /** A slot for a run of `request`, a warm one if possible; undefined when the isolate is full. */
  acquire(request: number): Slot | EntryFailure | undefined {
    if (this.#retired || this.#isolate.isDisposed) return undefined;
    const warm = this.#idle.pop();
    if (warm !== undefined) {
      this.#busy.add(warm);
      return warm;
    }
    const isFull = this.#busy.size >= MAX_SLOTS || this.#isolate.heapShare() > MAX_HEAP_SHARE;
    return isFull ? undefined : this.addSlot(request);
  }

  addSlot(request: number): Slot | EntryFailure {
    const listener: GuestListener = { onPost: (kind, text) => slot.run?.onPost(kind, text) };
    const context = new GuestContext(this.#isolate, "function-runner.ts", listener);
    const slot: Slot = { isolate: this, context, run: undefined, runs: 0, maxRuns: maxRuns() };
    const { outputKb, cpuMs, timeoutMs } = this.#fn.limits;
    const limit = { id: request, timeoutMs: Math.min(cpuMs, timeoutMs) };
    const loaded = context.load(this.#fn, { ...scriptSpec(this.#fn), outputKb }, limit);
    if ("kind" in loaded) {
      context.release();
      if (this.#isolate.isDisposed) this.#onHeapLost();
      return loaded;
    }
    this.#busy.add(slot);
    return slot;
  }

  /** Ends the use of a slot; after a `clean` run it is kept for the next. */
  release(slot: Slot, clean: boolean): void {
    this.#busy.delete(slot);
    this.usedAt = performance.now();
    slot.run = undefined;
    slot.context.request = undefined;
    slot.runs += 1;
    if (this.#isolate.isDisposed) this.#onHeapLost();
    else if (clean && !this.#retired && slot.runs < slot.maxRuns && !this.#isBloated(slot))
      this.#idle.push(slot);
    else slot.context.release();
  }

  /** Drops the slot that has been idle for longest. */
  dropIdle(): void {
    this.#idle.shift()?.context.release();
  }

  /** Replaces all slots: idle ones now, busy ones when they are released. */
  replaceSlots(): void {
    while (this.#idle.length > 0) this.dropIdle();
    for (const slot of this.#busy) slot.maxRuns = 0;
  }

  dispose(): void {
    this.#isolate.dispose();
  }

  /** The heap is gone, and every run in it. */
  #onHeapLost(): void {
    this.#retired = true;
    const runs = [...this.#busy];
    this.#busy.clear();
    for (const { run } of runs) run?.interrupt();
  }

  #isBloated(slot: Slot): boolean {
    if (slot.runs % HEAP_CHECK_EVERY !== 0 || this.#isolate.heapShare() <= MAX_HEAP_SHARE)
      return false;
    this.#retired = true;
    return true;
  }
}
