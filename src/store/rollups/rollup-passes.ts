/** Runs the steps of `Rollups` in the background, when the process has time. */
import type { Logger } from "../../logger.ts";
import type { Rollups } from "./rollups.ts";

export interface RollupPassesDeps {
  readonly store: { readonly rollups: Rollups };
  readonly log: Logger;
  readonly now: () => number;
}

const EVERY_MS = 5000;
/** Most messages have ended by then, and so are counted without being noted before. */
const SETTLED_MS = 10_000;
/** The pause between two steps, as a multiple of the last step's time: most of the time stays free for senders. */
const PAUSE = 3;
/** Share of the time in which the process works, above which a pass is one step. */
const BUSY = 0.5;

export class RollupPasses implements AsyncDisposable {
  readonly #deps: RollupPassesDeps;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #stopped = false;
  #lastUtilization = performance.eventLoopUtilization();

  constructor(deps: RollupPassesDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => {
      this.#running ??= this.#pass().finally(() => {
        this.#running = undefined;
      });
    }, EVERY_MS).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #pass(): Promise<void> {
    const { store, log, now } = this.#deps;
    try {
      const isBusy = this.#isBusy();
      for (let more = true; more && !this.#stopped; ) {
        const startedAt = performance.now();
        more = (await store.rollups.step(now() - SETTLED_MS)) && !isBusy;
        const pauseMs = PAUSE * (performance.now() - startedAt);
        if (more) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } catch (err) {
      log.error({ err }, "messages could not be counted for charts and problems; trying again");
    }
  }

  #isBusy(): boolean {
    const last = this.#lastUtilization;
    this.#lastUtilization = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(this.#lastUtilization, last).utilization > BUSY;
  }
}
