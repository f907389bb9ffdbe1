/** Starts children. After a failed start it waits before the next one. */
import type { Logger } from "../../logger.ts";
import { type ChildEvents, type ChildOptions, SandboxChild } from "./child-process.ts";

const RESTART_DELAY_MS = 500;

export interface StarterOptions extends ChildOptions {
  /** The program of a child. */
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

  /** Why the last child failed to start; undefined if it started. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Undefined if no child can be started now. */
  start(events: ChildEvents): SandboxChild | undefined {
    if (performance.now() < this.#blockedUntil) return undefined;
    const { program, log } = this.#options;
    try {
      return new SandboxChild(program, events, this.#options);
    } catch (err) {
      // Out of file descriptors, or the temporary folder is full: retry later.
      this.#block(err instanceof Error ? err.message : String(err));
      log.error({ err }, "sandbox child could not be started");
      return undefined;
    }
  }

  /** A child has started. */
  onReady(): void {
    this.#problem = undefined;
  }

  /** A child ended before it could run anything: the next one would fail too, so wait. */
  onFailedStart(stderr: string): void {
    this.#block(stderr.trim() || "it ended without an error message");
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
