/** The functions this child knows, their isolates, and the runs in them. */
import { FairShares } from "../../sharing/fair-shares.ts";
import type { ChildFunction, RunRequest } from "../wire/protocol.ts";
import { FairLine } from "./fair-line.ts";
import { makeFault } from "./fault.ts";
import { FunctionRun, type RunEnd } from "./function-run.ts";
import type { EntryFailure } from "./guest-context.ts";
import { maskOf } from "./mask.ts";
import type { Ask, HostCall } from "./open-calls.ts";
import type { Outbox } from "./outbox.ts";
import type { ScriptRequest } from "./request.ts";
import type { GuestCode } from "./script-isolate.ts";
import { secretSpellings } from "./secret-spellings.ts";
import { type Seat, SharedIsolate } from "./shared-isolate.ts";
import type { Spelling } from "./spelling.ts";

/** Idle seats over all functions; those of the isolate unused for longest go first. */
const MAX_IDLE = 64;
const MAX_IDLE_MS = 600_000;
/**
 * Of host calls that wait in this process, in UTF-16 code units. One function gets half of it, as far as it is free. The
 * process is ended at a gigabyte, and takes all runs in it along.
 */
const MAX_WAITING_UNITS = 256 * 1024 * 1024;

interface Known {
  readonly fn: ChildFunction;
  /** Of its secrets. */
  readonly spellings: readonly Spelling[];
}

export class FunctionSeats {
  readonly #guest: GuestCode;
  readonly #outbox: Outbox;
  readonly #functions = new Map<string, Known>();
  readonly #runs = new Map<number, FunctionRun>();
  readonly #callShares = new FairShares(MAX_WAITING_UNITS, 1);
  #homes: SharedIsolate[] = [];
  /** Runs that need a seat made for them. */
  readonly #line = new FairLine();
  /** Their ids, until they are seated or discarded. */
  readonly #waiting = new Set<number>();

  constructor(guest: GuestCode, outbox: Outbox) {
    this.#guest = guest;
    this.#outbox = outbox;
  }

  define(key: string, fn: ChildFunction): void {
    this.#functions.set(key, { fn, spellings: secretSpellings(fn) });
  }

  run(request: RunRequest, head: string, message: ScriptRequest): void {
    const known = this.#functions.get(request.key);
    if (known === undefined) throw new Error(`function ${request.key} was never defined here`);
    if (this.#hasWarmSeat(request, known.fn)) this.#seat(request, known, head, message);
    else {
      message.keep();
      this.#waiting.add(request.id);
      this.#line.add(request.key, () => {
        if (this.#waiting.delete(request.id)) this.#seat(request, known, head, message);
      });
    }
  }

  #seat(request: RunRequest, known: Known, head: string, message: ScriptRequest): void {
    const startedAt = performance.now();
    const seat = this.#take(request, known.fn);
    if ("kind" in seat) this.#refuse(request, known, seat, performance.now() - startedAt);
    else this.#start(seat, request, known, message).start(head);
  }

  /** Undefined when the run is over. */
  find(id: number): FunctionRun | undefined {
    return this.#runs.get(id);
  }

  /** Ends a run whose message was refused; of one that has ended, what it may have left in variables goes. */
  discard(id: number, key: string): void {
    const run = this.#runs.get(id);
    if (run !== undefined) run.interrupt();
    else if (this.#waiting.delete(id)) this.#outbox.send({ type: "interrupted", id, alone: false });
    else for (const home of this.#homes) if (home.key === key) home.renewSeats();
    this.#sweep();
  }

  /** Gives back memory nobody has used for long. */
  tidy(): void {
    const since = performance.now() - MAX_IDLE_MS;
    for (const home of this.#homes)
      while (home.usedAt < since && home.idleSeats > 0) home.dropIdle();
    this.#sweep();
  }

  #hasWarmSeat({ key, alone }: RunRequest, { isolation }: ChildFunction): boolean {
    return (
      !alone &&
      isolation === "warm" &&
      this.#homes.some((home) => home.key === key && home.idleSeats > 0 && !home.isEmpty)
    );
  }

  #take(request: RunRequest, fn: ChildFunction): Seat | EntryFailure {
    const forOne = request.alone || fn.isolation === "fresh";
    for (let at = forOne ? -1 : this.#homes.length - 1; at >= 0; at--) {
      const home = this.#homes[at];
      const seat = home?.key === request.key ? home.take(request.id) : undefined;
      // What cannot be loaded beside others is tried by itself.
      if (seat !== undefined && !("kind" in seat)) return seat;
    }
    const home = new SharedIsolate(this.#guest, request.key, fn, forOne);
    const seat = home.addSeat(request.id);
    if ("kind" in seat) home.dispose();
    else this.#homes.push(home);
    return seat;
  }

  #start(
    seat: Seat,
    request: RunRequest,
    { fn, spellings }: Known,
    message: ScriptRequest,
  ): FunctionRun {
    const { id, secretHeaders } = request;
    seat.context.request = message;
    const link = {
      began: () => this.#outbox.send({ type: "began", id }),
      ask: (ask: Ask) => this.#outbox.send({ type: "ask", id, ...ask }),
      call: (call: HostCall) => this.#outbox.send({ type: "call", id, ...call }),
      cancel: (call: number) => this.#outbox.send({ type: "cancel", id, call }),
    };
    // What it was verified with is known when the run is over.
    const masksNow = () => ({
      texts: maskOf(spellings, message.headerSpellings(secretHeaders)),
      values: maskOf(spellings),
    });
    const deps = { fn, context: seat.context, link, masksNow, callShares: this.#callShares };
    const run = new FunctionRun(deps, request, (end) => {
      this.#runs.delete(id);
      this.#answer(request, acquit(end, seat, request), message.newProofs(secretHeaders));
      seat.home.leave(seat, this.#isQuiet(seat) && "clean" in end && end.clean);
      if (seat.home.idleSeats > 0) this.#line.hurry(request.key);
      this.#sweep();
    });
    seat.run = run;
    this.#runs.set(id, run);
    return run;
  }

  /** Nothing of an earlier run spoke in this one, and nothing of this one spoke twice. */
  #isQuiet({ context }: Seat): boolean {
    const { dropped } = context;
    if (dropped > 0) this.#outbox.send({ type: "dropped", count: dropped });
    return dropped === 0;
  }

  #refuse(request: RunRequest, known: Known, failure: EntryFailure, durationMs: number): void {
    const { fn, spellings } = known;
    if (failure.starved && !request.alone) {
      this.#answer(request, { interrupted: "alone" });
      return;
    }
    const fault = makeFault(failure.kind, failure.thrown, fn, maskOf(spellings));
    this.#answer(request, { report: { logs: [], durationMs, fault }, clean: false });
  }

  #answer({ id }: RunRequest, end: RunEnd, proofHeaders: readonly string[] = []): void {
    if ("report" in end) {
      const { report } = end;
      const proofs = proofHeaders.length === 0 ? {} : { proofHeaders: [...proofHeaders] };
      this.#outbox.send({ type: "ran", id, report: { ...report, ...proofs } });
    } else this.#outbox.send({ type: "interrupted", id, alone: end.interrupted === "alone" });
  }

  #sweep(): void {
    const surplus = this.#homes.reduce((sum, home) => sum + home.idleSeats, -MAX_IDLE);
    if (surplus > 0) this.#dropIdle(surplus);
    if (!this.#homes.some((home) => home.isEmpty)) return;
    for (const home of this.#homes) if (home.isEmpty) home.dispose();
    this.#homes = this.#homes.filter((home) => !home.isEmpty);
  }

  #dropIdle(count: number): void {
    let left = count;
    for (const home of this.#homes.toSorted((a, b) => a.usedAt - b.usedAt))
      for (; left > 0 && home.idleSeats > 0; left--) home.dropIdle();
  }
}

/** V8's words for a buffer it has no memory for, which a script gets as an error like any other. */
const NO_BUFFER = /^(?:Array buffer allocation failed|Invalid array buffer length)/;

/** Who ran out of memory beside others, or after others, is a suspect: it is judged by itself. */
function acquit(end: RunEnd, seat: Seat, request: RunRequest): RunEnd {
  const fault = "report" in end ? end.report.fault : undefined;
  if (fault === undefined) return end;
  const isMemory = fault.kind === "MEMORY_LIMIT" || NO_BUFFER.test(fault.message);
  const isSuspect = isMemory && !request.alone && seat.home.isInnocent(seat);
  return isSuspect ? { interrupted: "alone" } : end;
}
