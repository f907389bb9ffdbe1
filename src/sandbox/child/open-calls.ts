/**
 * The host calls of one run that have no answer yet. `sleep` is a timer here; the others go to main, a few at a time:
 * the rest wait their turn, so that `Promise.all` over many addresses is nobody's attack.
 */

export interface HostCall {
  readonly call: number;
  readonly operation: string;
  readonly argument: unknown;
}

interface Waiting {
  readonly call: HostCall;
  readonly units: number;
}

export interface CallRoutes {
  /** Hands a call to main; `OpenCalls.answered` is to be told of its answer. */
  readonly send: (call: HostCall) => void;
  /** Main need not answer it any more. */
  readonly cancel: (call: number) => void;
  readonly wake: (call: number) => void;
}

export class OpenCalls {
  readonly #routes: CallRoutes;
  readonly #maxAtOnce: number;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #sent = new Set<number>();
  #waiting: Waiting[] = [];
  /** The length of the calls that wait for their turn. */
  waitingUnits = 0;

  constructor(routes: CallRoutes, maxAtOnce: number) {
    this.#routes = routes;
    this.#maxAtOnce = maxAtOnce;
  }

  get size(): number {
    return this.#timers.size + this.#sent.size + this.#waiting.length;
  }

  /** `units`: its length as JSON. */
  open(call: HostCall, units: number): void {
    if (call.operation === "sleep") this.#sleep(call.call, Number(call.argument));
    else if (this.#sent.size >= this.#maxAtOnce) {
      this.#waiting.push({ call, units });
      this.waitingUnits += units;
    } else this.#send(call);
  }

  /** False for an answer nobody waits for. */
  answered(call: number): boolean {
    if (!this.#sent.delete(call)) return false;
    const next = this.#waiting.shift();
    if (next === undefined) return true;
    this.waitingUnits -= next.units;
    this.#send(next.call);
    return true;
  }

  /** The script gave up on it. */
  cancel(call: number): void {
    const at = this.#waiting.findIndex((one) => one.call.call === call);
    if (at !== -1) this.waitingUnits -= this.#waiting.splice(at, 1)[0]?.units ?? 0;
    if (!this.answered(call)) return;
    this.#routes.cancel(call);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#sent.clear();
    this.#waiting = [];
  }

  #send(call: HostCall): void {
    this.#sent.add(call.call);
    this.#routes.send(call);
  }

  #sleep(call: number, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(call);
      this.#routes.wake(call);
    }, ms);
    this.#timers.set(call, timer);
  }
}
