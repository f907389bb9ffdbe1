/** Who waits for the end of which message. Lost with the process, as the connections that wait are. */
export class Completions {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves with true when the message ends, with false after `timeoutMs`. */
  wait(messageId: string, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiters = this.#waiting.get(messageId) ?? new Set();
    this.#waiting.set(messageId, waiters);
    const settle = (ended: boolean) => {
      clearTimeout(timer);
      waiters.delete(finished);
      if (waiters.size === 0) this.#waiting.delete(messageId);
      resolve(ended);
    };
    const finished = () => settle(true);
    const timer = setTimeout(() => settle(false), timeoutMs);
    waiters.add(finished);
    return promise;
  }

  finish(messageId: string): void {
    for (const finished of this.#waiting.get(messageId) ?? []) finished();
  }
}
