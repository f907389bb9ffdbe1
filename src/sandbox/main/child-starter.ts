/** Starts children, one after the other: after one that could not run, none at once. */
import type { Logger } from "../../logger.ts";
import { type ChildEvents, type ChildOptions, SandboxChild } from "./child-process.ts";

const RESTART_DELAY_MS = 500;

export interface StarterOptions extends ChildOptions {
  /** What each child runs. */
  readonly program: Buffer;
  readonly log: Logger;
}

export class ChildStarter {
  readonly #options: StarterOptions;
  #blockedUntil = 0;
  #problem: string | undefined;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** Why the last child that was started could not run; undefined while children can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Undefined when it cannot be started now. */
  start(events: ChildEvents): SandboxChild | undefined {
    if (performance.now() < this.#blockedUntil) return undefined;
    const { program, log } = this.#options;
    try {
      return new SandboxChild(program, events, this.#options);
    } catch (err) {
      // Out of file descriptors or of room in the temporary folder: main goes on, and tries again a little later.
      this.#block(err instanceof Error ? err.message : String(err));
      log.error({ err }, "sandbox child could not be started");
      return undefined;
    }
  }

  /** One of them can run scripts. */
  cameUp(): void {
    this.#problem = undefined;
  }

  /** One of them ended before it could run anything: the next would fare no better now. */
  wasStillborn(stderr: string): void {
    this.#block(stderr.trim() || "it ended without a word");
    this.#options.log.error({ stderr }, "sandbox child could not start");
  }

  async untilUnblocked(): Promise<void> {
    const waitMs = Math.max(1, this.#blockedUntil - performance.now());
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  #block(problem: string): void {
    this.#problem = problem;
    this.#blockedUntil = performance.now() + RESTART_DELAY_MS;
  }
}
