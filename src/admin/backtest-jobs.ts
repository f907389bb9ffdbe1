/** The backtests of this server: how many there are at once, and which can still be looked at. */
import { HookyardError } from "../errors.ts";
import type { BacktestJob } from "./backtest-job.ts";

/** Backtests that have ended are kept until others take their place, or the server ends. */
const MAX_KEPT = 10;
/** Backtests and checks of drafts: all of them load scripts in the sandbox that live messages use. */
const MAX_AT_ONCE = 4;
const RETRY_AFTER_SECONDS = 2;

interface Permit {
  /** Messages. */
  readonly reads: boolean;
  /** Its backtest runs, and is among those that can be looked at. */
  isKept: boolean;
}

export class BacktestJobs {
  readonly #jobs = new Map<string, BacktestJob>();
  readonly #permits = new Set<Permit>();

  /** Newest first. */
  get all(): readonly BacktestJob[] {
    return [...this.#jobs.values()].reverse();
  }

  /**
   * Held while a backtest is prepared and runs, or while drafts are checked. Of backtests that read messages there is
   * one at a time: it takes what the machine has left. Throws `conflict` or `rate_limited`.
   */
  permit(reads: boolean): Permit & Disposable {
    const isPreparing = [...this.#permits].some((one) => one.reads && !one.isKept);
    if (reads && (isPreparing || this.#running !== undefined)) throw this.#conflict();
    const { size } = this.#permits;
    if (size >= MAX_AT_ONCE) {
      const detail = `${size} backtests and checks of drafts are under way, at most ${MAX_AT_ONCE} may be at once: wait for one to end, or check several drafts in one call`;
      throw new HookyardError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const permit = {
      reads,
      isKept: false,
      [Symbol.dispose]: () => void this.#permits.delete(permit),
    };
    this.#permits.add(permit);
    return permit;
  }

  /** One that runs is never put out: it could not be cancelled any more. */
  keep(job: BacktestJob, permit: Permit): void {
    permit.isKept = true;
    this.#jobs.set(job.state.id, job);
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= MAX_KEPT) break;
      if (state.state !== "RUNNING") this.#jobs.delete(id);
    }
  }

  /** Throws `not_found`. */
  find(id: string): BacktestJob {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    const detail = `there is no backtest ${JSON.stringify(id.slice(0, 100))}: those that run and the last ${MAX_KEPT} are kept while the server runs; checks of drafts (last: 0) are not`;
    throw new HookyardError("not_found", detail);
  }

  get #running(): BacktestJob | undefined {
    return this.all.find(({ state }) => state.state === "RUNNING");
  }

  #conflict(): HookyardError {
    const running = this.#running?.state;
    const found =
      running === undefined
        ? "a backtest is being prepared: wait for it"
        : `backtest ${running.id} is running, ${running.done} of ${running.total} messages are done: wait for it, or DELETE /api/v1/backtests/${running.id}`;
    return new HookyardError("conflict", found);
  }
}
