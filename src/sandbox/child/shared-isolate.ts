/**
 * The isolate of one function version, shared by its runs: each has a seat, a context of its own, so that none sees
 * another's variables. Seats are warm: they serve one run after the other.
 */
import type { ChildFunction } from "../wire/protocol.ts";
import type { FunctionRun } from "./function-run.ts";
import { type EntryFailure, GuestContext, type GuestListener } from "./guest-context.ts";
import { type GuestCode, ScriptIsolate } from "./script-isolate.ts";
import { scriptSpec } from "./script-spec.ts";

/**
 * A seat serves about so many runs: not exactly, or those of all functions of a message would be replaced at once. A new
 * one takes milliseconds, and all code in it is slow again at first. How full the heap is, is looked at far more often.
 */
const MAX_RUNS = 10_000;
const maxRuns = () => Math.round(MAX_RUNS * (0.75 + Math.random() / 4));
const MAX_SEATS = 100;
/** Past it nobody else is seated, and whoever leaves something of every run gets a new isolate before it hits its limit. */
const MAX_HEAP_SHARE = 0.5;
const HEAP_CHECK_EVERY = 8;

export interface Seat {
  readonly home: SharedIsolate;
  readonly context: GuestContext;
  run: FunctionRun | undefined;
  runs: number;
  maxRuns: number;
}

export class SharedIsolate {
  readonly key: string;
  readonly #isolate: ScriptIsolate;
  readonly #fn: ChildFunction;
  readonly #busy = new Set<Seat>();
  /** The one left last is taken first. */
  readonly #idle: Seat[] = [];
  #retired: boolean;
  /** When a seat was last left, in milliseconds of `performance.now`. */
  usedAt = performance.now();

  /** `forOne`: it serves a single run. */
  constructor(guest: GuestCode, key: string, fn: ChildFunction, forOne: boolean) {
    this.#isolate = new ScriptIsolate(guest, fn.limits.memoryMb);
    this.key = key;
    this.#fn = fn;
    this.#retired = forOne;
  }

  /** Nothing here is of any use any more. */
  get isEmpty(): boolean {
    return this.#busy.size === 0 && (this.#idle.length === 0 || this.#retired);
  }

  get idleSeats(): number {
    return this.#idle.length;
  }

  /** Another run is here, or has been: what is wrong with the heap may not be the fault of the run that sees it. */
  isInnocent(seat: Seat): boolean {
    return this.#busy.size > 1 || seat.runs > 0 || this.#idle.length > 0;
  }

  /** A seat for a run of `request`, warm if there is one; undefined when there is no room. */
  take(request: number): Seat | EntryFailure | undefined {
    if (this.#retired || this.#isolate.isDisposed) return undefined;
    const warm = this.#idle.pop();
    if (warm !== undefined) {
      this.#busy.add(warm);
      return warm;
    }
    const isFull = this.#busy.size >= MAX_SEATS || this.#isolate.heapShare() > MAX_HEAP_SHARE;
    return isFull ? undefined : this.addSeat(request);
  }

  addSeat(request: number): Seat | EntryFailure {
    const listener: GuestListener = { onPost: (kind, text) => seat.run?.onPost(kind, text) };
    const context = new GuestContext(this.#isolate, "function-runner.ts", listener);
    const seat: Seat = { home: this, context, run: undefined, runs: 0, maxRuns: maxRuns() };
    const { outputKb, cpuMs, timeoutMs } = this.#fn.limits;
    const limit = { id: request, timeoutMs: Math.min(cpuMs, timeoutMs) };
    const loaded = context.load(this.#fn, { ...scriptSpec(this.#fn), outputKb }, limit);
    if ("kind" in loaded) {
      context.release();
      if (this.#isolate.isDisposed) this.#lose();
      return loaded;
    }
    this.#busy.add(seat);
    return seat;
  }

  /** A run has left its seat; a `clean` one may be taken again. */
  leave(seat: Seat, clean: boolean): void {
    this.#busy.delete(seat);
    this.usedAt = performance.now();
    seat.run = undefined;
    seat.context.request = undefined;
    seat.runs += 1;
    if (this.#isolate.isDisposed) this.#lose();
    else if (clean && !this.#retired && seat.runs < seat.maxRuns && !this.#isBloated(seat))
      this.#idle.push(seat);
    else seat.context.release();
  }

  /** Gives up the seat that has been idle for longest. */
  dropIdle(): void {
    this.#idle.shift()?.context.release();
  }

  /** No run gets a seat another one has had: those that are busy are given up when they are left. */
  renewSeats(): void {
    while (this.#idle.length > 0) this.dropIdle();
    for (const seat of this.#busy) seat.maxRuns = 0;
  }

  dispose(): void {
    this.#isolate.dispose();
  }

  /** The heap is gone, and with it every run that waits in it. */
  #lose(): void {
    this.#retired = true;
    const lost = [...this.#busy];
    this.#busy.clear();
    for (const { run } of lost) run?.interrupt();
  }

  #isBloated(seat: Seat): boolean {
    if (seat.runs % HEAP_CHECK_EVERY !== 0 || this.#isolate.heapShare() <= MAX_HEAP_SHARE)
      return false;
    this.#retired = true;
    return true;
  }
}
