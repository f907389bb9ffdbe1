/** The functions this child knows, and their isolates: warm ones are used again, one run at a time in each. */
import type { ChildFunction, RunReport, RunRequest } from "../protocol.ts";
import { makeFault } from "./fault.ts";
import { FunctionRun } from "./function-run.ts";
import { type EntryFailure, type GuestCode, GuestIsolate } from "./guest-isolate.ts";
import { createMask, type Mask } from "./mask.ts";
import type { ScriptRequest } from "./request.ts";
import { scriptSpec } from "./script-spec.ts";

/** Idle isolates over all functions; the one unused for longest goes first. */
const MAX_IDLE = 64;
const MAX_RUNS = 1000;
/** A script that keeps something of every run is given a new isolate before it hits its limit in an innocent run. */
const MAX_HEAP_SHARE = 0.5;
const HEAP_CHECK_EVERY = 8;

interface Seat {
  readonly key: string;
  readonly isolate: GuestIsolate;
  run: FunctionRun | undefined;
  runs: number;
}

export class FunctionIsolates {
  readonly #guest: GuestCode;
  readonly #report: (id: number, report: RunReport) => void;
  readonly #functions = new Map<string, { readonly fn: ChildFunction; readonly mask: Mask }>();
  /** Oldest first. */
  readonly #idle: Seat[] = [];

  constructor(guest: GuestCode, report: (id: number, report: RunReport) => void) {
    this.#guest = guest;
    this.#report = report;
  }

  define(key: string, fn: ChildFunction): void {
    this.#functions.set(key, { fn, mask: createMask(fn) });
  }

  run(request: RunRequest, head: string, message: ScriptRequest): void {
    const known = this.#functions.get(request.key);
    if (known === undefined) throw new Error(`function ${request.key} was never defined here`);
    const { fn, mask } = known;
    const startedAt = performance.now();
    const seat = this.#take(request, fn);
    if ("kind" in seat) {
      const fault = makeFault(seat.kind, seat.thrown, fn.filename);
      const durationMs = performance.now() - startedAt;
      this.#report(request.id, mask({ logs: [], durationMs, fault }));
      return;
    }
    seat.isolate.request = message;
    seat.run = new FunctionRun(fn, seat.isolate, request, ({ report, clean }) => {
      this.#giveBack(seat, clean && fn.isolation === "warm");
      this.#report(request.id, mask(report));
    });
    seat.run.start(head);
  }

  #take(request: RunRequest, fn: ChildFunction): Seat | EntryFailure {
    const at = this.#idle.findLastIndex((seat) => seat.key === request.key);
    const [warm] = at === -1 ? [] : this.#idle.splice(at, 1);
    return warm ?? this.#build(request, fn);
  }

  #build(request: RunRequest, fn: ChildFunction): Seat | EntryFailure {
    const listener = { onPost: (kind: string, text: string) => seat.run?.onPost(kind, text) };
    const isolate = new GuestIsolate(this.#guest, "function-runner.ts", fn.memoryMb, listener);
    const seat: Seat = { key: request.key, isolate, run: undefined, runs: 0 };
    const loaded = isolate.load(fn, scriptSpec(fn), request.id);
    if (!("kind" in loaded)) return seat;
    isolate.dispose();
    return loaded;
  }

  #giveBack(seat: Seat, clean: boolean): void {
    seat.run = undefined;
    seat.isolate.request = undefined;
    seat.runs += 1;
    const usable = clean && seat.runs < MAX_RUNS && !isBloated(seat);
    if (usable) this.#idle.push(seat);
    else seat.isolate.dispose();
    if (this.#idle.length > MAX_IDLE) this.#idle.shift()?.isolate.dispose();
  }
}

function isBloated(seat: Seat): boolean {
  if (seat.isolate.isDisposed) return true;
  return seat.runs % HEAP_CHECK_EVERY === 0 && seat.isolate.heapShare() > MAX_HEAP_SHARE;
}
