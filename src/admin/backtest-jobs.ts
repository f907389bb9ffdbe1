/** The backtests of this server: limits how many run at once, and keeps finished ones for reading. */
import { HookyardError } from "../errors.ts";
import type { BacktestJob } from "./backtest-job.ts";

/** Finished backtests that are kept; further ones replace the oldest. A restart loses them. */
const MAX_KEPT = 10;
/** Limit for backtests and draft checks together: they load scripts in the sandbox that live messages use. */
const MAX_AT_ONCE = 4;
const RETRY_AFTER_SECONDS = 2;

interface Permit {
  /** Whether the backtest reads messages, in contrast to a draft check. */
  readonly reads: boolean;
  /** The backtest is started and listed in `all`. */
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
   * Held while a backtest is prepared and runs, or while drafts are checked. Only one backtest at a time may read
   * messages, because it uses all spare capacity. Throws `conflict` or `rate_limited`.
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

  /** Never removes a running job: it could not be cancelled any more. */
  keep(job: BacktestJob, permit: Permit): void {
    permit.isKept = true;
    this.#jobs.set(job.state.id, job);
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= MAX_KEPT) break;
      if (state.state !== "RUNNING") this.#jobs.delete(id);
    }
  }

  remove(id: string): void {
    this.#jobs.delete(id);
  }

  /** Throws `not_found`. */
  find(id: string): BacktestJob {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    const detail = `there is no backtest ${JSON.stringify(id.slice(0, 100))}: running ones and the last ${MAX_KEPT} are kept until the server stops; draft checks (last: 0) are not kept`;
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
