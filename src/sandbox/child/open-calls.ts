/**
 * The host calls of one run that have no answer yet. `sleep` is a timer here; the others go to main, a few at a time: the
 * rest wait here, so that a script may call many addresses with `Promise.all`. Main is asked before a call that is large,
 * or one of many, leaves: until there is room for it, its bytes stay in the run's own process.
 */
import type { FairShares, Holder } from "../../sharing/fair-shares.ts";
import { DIRECT_CALLS, DIRECT_UNITS, MAX_ASKED } from "../wire/host-call-turns.ts";
import type { HostAsk } from "../wire/protocol.ts";

export interface HostCall {
  readonly call: number;
  readonly operation: string;
  readonly argument: unknown;
}

interface Waiting {
  readonly call: HostCall;
  readonly units: number;
  /** Since when only the calls before it keep it from being asked about. */
  since: number | undefined;
}

export type Ask = Omit<HostAsk, "type" | "id">;

export interface CallRoutes {
  /** Asks main for room; `OpenCalls.go` is to be told when there is some. */
  readonly ask: (ask: Ask) => void;
  /** Hands a call to main; `OpenCalls.answered` is to be told of its answer. */
  readonly send: (call: HostCall) => void;
  /** Main need not answer it any more. */
  readonly cancel: (call: number) => void;
  readonly wake: (call: number) => void;
}

export interface OpenCallsOptions {
  readonly maxAtOnce: number;
  readonly holder: Holder;
  /** Of the calls that wait in this process. */
  readonly shares: FairShares;
}

export class OpenCalls {
  readonly #routes: CallRoutes;
  readonly #options: OpenCallsOptions;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #sent = new Set<number>();
  readonly #asked = new Map<number, Waiting>();
  readonly #waiting = new Map<number, Waiting>();
  #waitingUnits = 0;

  constructor(routes: CallRoutes, options: OpenCallsOptions) {
    this.#routes = routes;
    this.#options = options;
  }

  get size(): number {
    return this.#timers.size + this.#sent.size + this.#asked.size + this.#waiting.size;
  }

  /** The length of the calls that have not left this process. */
  get waitingUnits(): number {
    return this.#waitingUnits;
  }

  /** Whether this process may keep one more call of the function. */
  hasRoom(units: number): boolean {
    return this.#options.shares.fits(this.#options.holder, units);
  }

  /** `units`: its length as JSON. */
  open(call: HostCall, units: number): void {
    if (call.operation === "sleep") {
      this.#sleep(call.call, Number(call.argument));
      return;
    }
    this.#waiting.set(call.call, { call, units, since: undefined });
    this.#hold(units);
    this.#proceed();
  }

  /** Main has room for it. */
  go(call: number): void {
    const asked = this.#asked.get(call);
    if (asked === undefined) return;
    this.#asked.delete(call);
    this.#send(asked);
    this.#proceed();
  }

  /** False for an answer nobody waits for. */
  answered(call: number): boolean {
    const asked = this.#asked.get(call);
    this.#asked.delete(call);
    if (asked !== undefined) this.#hold(-asked.units);
    const isExpected = this.#sent.delete(call) || asked !== undefined;
    if (isExpected) this.#proceed();
    return isExpected;
  }

  /** The script gave up on it. */
  cancel(call: number): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (waiting !== undefined) this.#hold(-waiting.units);
    // Main is told first: it counts the calls that are under way.
    else if (this.#sent.has(call) || this.#asked.has(call)) this.#routes.cancel(call);
    this.answered(call);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#sent.clear();
    this.#asked.clear();
    this.#waiting.clear();
    this.#hold(-this.#waitingUnits);
  }

  #proceed(): void {
    const now = performance.now();
    let free = this.#options.maxAtOnce - this.#sent.size - this.#asked.size;
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

  /** Calls leave in order. */
  #isNext(waiting: Waiting): boolean {
    const [first] = this.#waiting.values();
    return first === waiting && (this.#asked.size < MAX_ASKED || this.#isDirect(waiting));
  }

  #isDirect({ units }: Waiting): boolean {
    return units <= DIRECT_UNITS && this.#sent.size + this.#asked.size < DIRECT_CALLS;
  }

  #ask(waiting: Waiting, waitedMs: number): void {
    const { call, units } = waiting;
    const { timeoutMs }: { timeoutMs?: unknown } = Object(call.argument);
    this.#asked.set(call.call, waiting);
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
