/** The sandbox of backtests: a separate low-priority process that exists only while a backtest runs. */
import type { BacktestPlan, OpenComparer } from "../model/backtest.ts";
import { Sandbox } from "../sandbox/main/sandbox.ts";
import { createComparer } from "./backtest.ts";
import { isolated, type TrialDeps } from "./trial.ts";

/**
 * Gives backtests a third of the CPU share of other processes when all compete. At a higher value, their scripts would
 * time out waiting for the CPU.
 */
const NICENESS = 5;

export class Backtesting implements AsyncDisposable {
  readonly #deps: Omit<TrialDeps, "sandbox">;
  readonly #open = new Set<Sandbox>();

  constructor(deps: Omit<TrialDeps, "sandbox">) {
    this.#deps = deps;
  }

  open(plan: BacktestPlan): OpenComparer {
    const log = this.#deps.log.child({}, { level: "silent" });
    const sandbox = new Sandbox({ processes: 1, niceness: NICENESS, log });
    this.#open.add(sandbox);
    return {
      compare: createComparer(plan, isolated({ ...this.#deps, sandbox })),
      [Symbol.asyncDispose]: () => this.#close(sandbox),
    };
  }

  async #close(sandbox: Sandbox): Promise<void> {
    this.#open.delete(sandbox);
    await sandbox[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((sandbox) => this.#close(sandbox)));
  }
}
