/**
 * The unanswered host calls of one run. `sleep` is a timer in the child. Other calls go to main, a few at a time, and
 * the rest are queued here, so that a script may call many addresses with `Promise.all`. For a large call, or one of
 * many, the child asks main for room first: until then, the bytes of the call stay in the child.
 */
import type { FairShares, Holder } from "../../sharing/fair-shares.ts";
import { DIRECT_CALLS, DIRECT_UNITS, MAX_REQUESTED } from "../wire/host-call-turns.ts";
import type { HostAsk } from "../wire/protocol.ts";

export interface HostCall {
  readonly call: number;
  readonly operation: string;
  readonly argument: unknown;
}

interface Waiting {
  readonly call: HostCall;
  readonly units: number;
  /** When the call came within `maxAtOnce`. The time before does not count for its timeout. */
  since: number | undefined;
}

export type Ask = Omit<HostAsk, "type" | "id">;

export interface CallRoutes {
  /** Asks main for room. When there is room, the caller calls `OpenCalls.go`. */
  readonly ask: (ask: Ask) => void;
  /** Sends a call to main. When it is answered, the caller calls `OpenCalls.answered`. */
  readonly send: (call: HostCall) => void;
  /** Tells main that the call needs no answer. */
  readonly cancel: (call: number) => void;
  readonly wake: (call: number) => void;
}

export interface OpenCallsOptions {
  readonly maxAtOnce: number;
  readonly holder: Holder;
  /** The memory for queued calls of this process. */
  readonly shares: FairShares;
}

export class OpenCalls {
  readonly #routes: CallRoutes;
  readonly #options: OpenCallsOptions;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #sent = new Set<number>();
  readonly #requested = new Map<number, Waiting>();
  readonly #waiting = new Map<number, Waiting>();
  #waitingUnits = 0;

  constructor(routes: CallRoutes, options: OpenCallsOptions) {
    this.#routes = routes;
    this.#options = options;
  }

  get size(): number {
    return this.#timers.size + this.#sent.size + this.#requested.size + this.#waiting.size;
  }

  /** Total length of the calls that were not sent yet. */
  get waitingUnits(): number {
    return this.#waitingUnits;
  }

  /** Whether this process may queue one more call of the function. */
  hasRoom(units: number): boolean {
    return this.#options.shares.fits(this.#options.holder, units);
  }

  /** `units`: length of the call as JSON. */
  open(call: HostCall, units: number): void {
    if (call.operation === "sleep") {
      this.#sleep(call.call, Number(call.argument));
      return;
    }
    this.#waiting.set(call.call, { call, units, since: undefined });
    this.#hold(units);
    this.#proceed();
  }

  /** Main has room for the call. */
  go(call: number): void {
    const requested = this.#requested.get(call);
    if (requested === undefined) return;
    this.#requested.delete(call);
    this.#send(requested);
    this.#proceed();
  }

  /** False when the call is not open, for example after a cancel. */
  answered(call: number): boolean {
    const requested = this.#requested.get(call);
    this.#requested.delete(call);
    if (requested !== undefined) this.#hold(-requested.units);
    const isExpected = this.#sent.delete(call) || requested !== undefined;
    if (isExpected) this.#proceed();
    return isExpected;
  }

  /** The script aborted the call. */
  cancel(call: number): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (waiting !== undefined) this.#hold(-waiting.units);
    // Main is told first, because it counts the open calls.
    else if (this.#sent.has(call) || this.#requested.has(call)) this.#routes.cancel(call);
    this.answered(call);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#sent.clear();
    this.#requested.clear();
    this.#waiting.clear();
    this.#hold(-this.#waitingUnits);
  }

  #proceed(): void {
    const now = performance.now();
    let free = this.#options.maxAtOnce - this.#sent.size - this.#requested.size;
    for (const waiting of this.#waiting.values()) {
      if (free <= 0) return;
      free -= 1;
      waiting.since ??= now;
      if (!this.#isNext(waiting)) continue;
      this.#waiting.delete(waiting.call.call);
      if (this.#isDirect(waiting)) this.#send(waiting);
      else this.#ask(waiting, now - waiting.since);
    }
  }

  /** Calls are sent in order. */
  #isNext(waiting: Waiting): boolean {
    const [first] = this.#waiting.values();
    return first === waiting && (this.#requested.size < MAX_REQUESTED || this.#isDirect(waiting));
  }

  #isDirect({ units }: Waiting): boolean {
    return units <= DIRECT_UNITS && this.#sent.size + this.#requested.size < DIRECT_CALLS;
  }

  #ask(waiting: Waiting, waitedMs: number): void {
    const { call, units } = waiting;
    const { timeoutMs }: { timeoutMs?: unknown } = Object(call.argument);
    this.#requested.set(call.call, waiting);
    this.#routes.ask({
      call: call.call,
      operation: call.operation,
      units,
      waitedMs,
      ...(typeof timeoutMs === "number" && timeoutMs > 0 ? { timeoutMs } : {}),
    });
  }

  #send({ call, units }: Waiting): void {
    this.#hold(-units);
    this.#sent.add(call.call);
    this.#routes.send(call);
  }

  #hold(units: number): void {
    this.#waitingUnits += units;
    this.#options.shares.add(this.#options.holder, units);
  }

  #sleep(call: number, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(call);
      this.#routes.wake(call);
    }, ms);
    this.#timers.set(call, timer);
  }
}
