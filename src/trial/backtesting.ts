/** The sandbox of backtests: a process of their own that gives way to live traffic, there only while one runs. */
import type { BacktestPlan, OpenComparer } from "../model/backtest.ts";
import { Sandbox } from "../sandbox/main/sandbox.ts";
import { comparer } from "./backtest.ts";
import { apart, type TrialDeps } from "./trial.ts";

/** A third of the weight of others while all want to run; more, and its scripts would run out of time for want of a turn. */
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
      compare: comparer(plan, apart({ ...this.#deps, sandbox })),
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
