/** A time limit that also ends when one of its outer signals aborts. */
import { EgressFailure } from "./failure.ts";

/** Hold it with `using`. The reason of its signal is always an error. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: readonly AbortSignal[];
  readonly #onAbort = () => this.#controller.abort(this.#reason());

  /**
   * `late` is the message when the time is up. An outer signal whose reason is no `EgressFailure` gives an
   * `AbortError`.
   */
  constructor(afterMs: number, late: string, outer: readonly AbortSignal[]) {
    const failure = new EgressFailure("TimeoutError", late);
    this.#timer = setTimeout(() => this.#controller.abort(failure), afterMs);
    this.#outer = outer;
    for (const signal of outer) signal.addEventListener("abort", this.#onAbort, { once: true });
    if (outer.some((signal) => signal.aborted)) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const signal of this.#outer) signal.removeEventListener("abort", this.#onAbort);
  }

  #reason(): EgressFailure {
    const reason: unknown = this.#outer.find((signal) => signal.aborted)?.reason;
    if (reason instanceof EgressFailure) return reason;
    return new EgressFailure("AbortError", "the call was aborted before its answer was complete");
  }
}
