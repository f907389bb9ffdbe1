/** Who waits for the end of which message. Lost with the process, as the connections that wait are. */
/** Tells those who follow the message log. */
export type TellFollowers = (happening: "accepted" | "ended", messageId: string) => void;

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

  /** The program ends before they do: nobody waits any more, now or later. */
  giveUp(): void {
    this.#gaveUp = true;
    for (const waiters of this.#waiting.values()) for (const settle of waiters) settle(false);
  }
}
