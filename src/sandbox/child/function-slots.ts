/**
 * The functions of this child, their isolates, and the runs in them. A slot is a context that serves one run at a
 * time.
 */
import { FairShares } from "../../sharing/fair-shares.ts";
import type { ChildFunction, RunRequest } from "../wire/protocol.ts";
import type { EntryFailure } from "./entry-failure.ts";
import { FairQueue } from "./fair-queue.ts";
import { makeFault } from "./fault.ts";
import { FunctionRun, type RunEnd } from "./function-run.ts";
import { maskOf } from "./mask.ts";
import type { Ask, HostCall } from "./open-calls.ts";
import type { Outbox } from "./outbox.ts";
import type { ScriptRequest } from "./request.ts";
import type { GuestCode } from "./script-isolate.ts";
import { secretSpellings } from "./secret-spellings.ts";
import { SharedIsolate, type Slot } from "./shared-isolate.ts";
import type { Spelling } from "./spelling.ts";

/** Idle slots of all functions together. The least recently used isolate loses its slots first. */
const MAX_IDLE = 64;
const MAX_IDLE_MS = 600_000;
/**
 * Host calls that wait in this process, in UTF-16 code units. One function gets at most half of it. Main ends the
 * process at a gigabyte, and all runs in it with it.
 */
const MAX_QUEUED_UNITS = 256 * 1024 * 1024;

interface KnownFunction {
  readonly fn: ChildFunction;
  /** The spellings of its secrets. */
  readonly spellings: readonly Spelling[];
}

export class FunctionSlots {
  readonly #guest: GuestCode;
  readonly #outbox: Outbox;
  readonly #functions = new Map<string, KnownFunction>();
  readonly #runs = new Map<number, FunctionRun>();
  readonly #callShares = new FairShares(MAX_QUEUED_UNITS, 1);
  #isolates: SharedIsolate[] = [];
  /** Runs that wait until a new slot is created for them. */
  readonly #queue = new FairQueue();
  /** Ids of the queued runs. */
  readonly #queued = new Set<number>();

  constructor(guest: GuestCode, outbox: Outbox) {
    this.#guest = guest;
    this.#outbox = outbox;
  }

  define(key: string, fn: ChildFunction): void {
    this.#functions.set(key, { fn, spellings: secretSpellings(fn) });
  }

  run(request: RunRequest, head: string, message: ScriptRequest): void {
    const known = this.#functions.get(request.key);
    if (known === undefined)
      throw new Error(`function ${request.key} is not defined in this child`);
    if (this.#hasWarmSlot(request, known.fn)) this.#runInSlot(request, known, head, message);
    else {
      message.keep();
      this.#queued.add(request.id);
      this.#queue.add(request.key, () => {
        if (this.#queued.delete(request.id)) this.#runInSlot(request, known, head, message);
      });
    }
  }

  #runInSlot(
    request: RunRequest,
    known: KnownFunction,
    head: string,
    message: ScriptRequest,
  ): void {
    const startedAt = performance.now();
    const slot = this.#acquire(request, known.fn);
    if ("kind" in slot) this.#failToLoad(request, known, slot, performance.now() - startedAt);
    else this.#start(slot, request, known, message).start(head);
  }

  /** Undefined after the run has ended. */
  find(id: number): FunctionRun | undefined {
    return this.#runs.get(id);
  }

  /**
   * Cancels a run whose message was refused. If it has ended, replaces every slot of the function, since the run may
   * have left values in variables.
   */
  discard(id: number, key: string): void {
    const run = this.#runs.get(id);
    if (run !== undefined) run.interrupt();
    else if (this.#queued.delete(id)) this.#outbox.send({ type: "interrupted", id, alone: false });
    else for (const isolate of this.#isolates) if (isolate.key === key) isolate.replaceSlots();
    this.#disposeUnused();
  }

  /** Frees slots that have been idle for long. */
  tidy(): void {
    const since = performance.now() - MAX_IDLE_MS;
    for (const isolate of this.#isolates)
      while (isolate.usedAt < since && isolate.idleSlots > 0) isolate.dropIdle();
    this.#disposeUnused();
  }

  #hasWarmSlot({ key, alone }: RunRequest, { isolation }: ChildFunction): boolean {
    return (
      !alone &&
      isolation === "warm" &&
      this.#isolates.some(
        (isolate) => isolate.key === key && isolate.idleSlots > 0 && !isolate.isEmpty,
      )
    );
  }

  #acquire(request: RunRequest, fn: ChildFunction): Slot | EntryFailure {
    const isSingleUse = request.alone || fn.isolation === "fresh";
    for (let at = isSingleUse ? -1 : this.#isolates.length - 1; at >= 0; at--) {
      const isolate = this.#isolates[at];
      const slot = isolate?.key === request.key ? isolate.acquire(request.id) : undefined;
      // If the script does not load in a shared isolate, try a new one below.
      if (slot !== undefined && !("kind" in slot)) return slot;
    }
    const isolate = new SharedIsolate(this.#guest, request.key, fn, isSingleUse);
    const slot = isolate.addSlot(request.id);
    if ("kind" in slot) isolate.dispose();
    else this.#isolates.push(isolate);
    return slot;
  }

  #start(
    slot: Slot,
    request: RunRequest,
    { fn, spellings }: KnownFunction,
    message: ScriptRequest,
  ): FunctionRun {
    const { id, secretHeaders } = request;
    slot.context.request = message;
    const link = {
      waiting: () => this.#outbox.send({ type: "waiting", id }),
      ask: (ask: Ask) => this.#outbox.send({ type: "ask", id, ...ask }),
      call: (call: HostCall) => this.#outbox.send({ type: "call", id, ...call }),
      cancel: (call: number) => this.#outbox.send({ type: "cancel", id, call }),
    };
    // Scripts note proof headers during the run.
    const currentMasks = () => ({
      texts: maskOf(spellings, message.headerSpellings(secretHeaders)),
      values: maskOf(spellings),
    });
    const run = new FunctionRun(
      { fn, context: slot.context, link, currentMasks, callShares: this.#callShares },
      request,
      (end) => {
        this.#runs.delete(id);
        this.#sendEnd(
          request,
          rerunAloneIfShared(end, slot, request),
          message.newProofs(secretHeaders),
        );
        slot.isolate.release(slot, this.#hasNoStrayReports(slot) && "clean" in end && end.clean);
        if (slot.isolate.idleSlots > 0) this.#queue.prioritize(request.key);
        this.#disposeUnused();
      },
    );
    slot.run = run;
    this.#runs.set(id, run);
    return run;
  }

  /** True if no report was dropped: no earlier run reported during this one, and this run reported its end once. */
  #hasNoStrayReports({ context }: Slot): boolean {
    const { dropped } = context;
    if (dropped > 0) this.#outbox.send({ type: "dropped", count: dropped });
    return dropped === 0;
  }

  #failToLoad(
    request: RunRequest,
    known: KnownFunction,
    failure: EntryFailure,
    durationMs: number,
  ): void {
    const { fn, spellings } = known;
    if (failure.starved && !request.alone) {
      this.#sendEnd(request, { interrupted: "alone" });
      return;
    }
    const fault = makeFault(failure.kind, failure.thrown, fn, maskOf(spellings));
    this.#sendEnd(request, { report: { logs: [], durationMs, fault }, clean: false });
  }

  #sendEnd({ id }: RunRequest, end: RunEnd, proofHeaders: readonly string[] = []): void {
    if ("report" in end) {
      const { report } = end;
      const proofs = proofHeaders.length === 0 ? {} : { proofHeaders: [...proofHeaders] };
      this.#outbox.send({ type: "ran", id, report: { ...report, ...proofs } });
    } else this.#outbox.send({ type: "interrupted", id, alone: end.interrupted === "alone" });
  }

  #disposeUnused(): void {
    const surplus = this.#isolates.reduce((sum, isolate) => sum + isolate.idleSlots, -MAX_IDLE);
    if (surplus > 0) this.#dropIdle(surplus);
    if (!this.#isolates.some((isolate) => isolate.isEmpty)) return;
    for (const isolate of this.#isolates) if (isolate.isEmpty) isolate.dispose();
    this.#isolates = this.#isolates.filter((isolate) => !isolate.isEmpty);
  }

  #dropIdle(count: number): void {
    let remaining = count;
    for (const isolate of this.#isolates.toSorted((a, b) => a.usedAt - b.usedAt))
      for (; remaining > 0 && isolate.idleSlots > 0; remaining--) isolate.dropIdle();
  }
}

/** V8's messages when a buffer cannot be allocated. A script gets an ordinary RangeError. */
const BUFFER_ERROR = /^(?:Array buffer allocation failed|Invalid array buffer length)/;

/** In a shared isolate another run may have used the memory, so run this one again alone. */
function rerunAloneIfShared(end: RunEnd, slot: Slot, request: RunRequest): RunEnd {
  const fault = "report" in end ? end.report.fault : undefined;
  if (fault === undefined) return end;
  const isMemory = fault.kind === "MEMORY_LIMIT" || BUFFER_ERROR.test(fault.message);
  const mayBeOthers = isMemory && !request.alone && slot.isolate.hasOtherRuns(slot);
  return mayBeOthers ? { interrupted: "alone" } : end;
}
