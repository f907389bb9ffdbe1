import type { LogEvent } from "../model/message.ts";

/** Sends an event to the followers of the message log. */
export type NotifyFollowers = (event: LogEvent, messageId: string) => void;

/**
 * Requests that wait until a message has ended. Kept in memory only: when the process dies, their connections die
 * too.
 */
export class Completions {
  readonly #waiting = new Map<string, Set<(ended: boolean) => void>>();
  #gaveUp = false;

  /** Resolves with true when the message ends, with false after `timeoutMs`. */
  wait(messageId: string, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    if (this.#gaveUp) return Promise.resolve(false);
    const waiters = this.#waiting.get(messageId) ?? new Set();
    this.#waiting.set(messageId, waiters);
    const settle = (ended: boolean) => {
      clearTimeout(timer);
      waiters.delete(settle);
      if (waiters.size === 0) this.#waiting.delete(messageId);
      resolve(ended);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    waiters.add(settle);
    return promise;
  }

  finish(messageId: string): void {
    for (const settle of this.#waiting.get(messageId) ?? []) settle(true);
  }

  /** Resolves all waits with false, now and later: the server is shutting down. */
  giveUp(): void {
    this.#gaveUp = true;
    for (const waiters of this.#waiting.values()) for (const settle of waiters) settle(false);
  }
}
