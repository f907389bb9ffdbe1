/** Requests that wait for room in a child, with a queue per function. Only the first of each queue is woken. */
export class WaitQueues {
  readonly #queues = new Map<string, (() => void)[]>();

  /** Resolves when woken. `isFirst`: the caller was woken before, found no room, and goes back to the front. */
  wait(key: string, isFirst: boolean): Promise<void> {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return new Promise((resume) => {
      if (isFirst) queue.unshift(resume);
      else queue.push(resume);
    });
  }

  /** Wakes the first of each queue; if it finds room, it wakes the next. Those for which `isLast` is true come last. */
  wakeAll(isLast: (key: string) => boolean): void {
    const keys = [...this.#queues.keys()];
    for (const key of keys) if (!isLast(key)) this.wakeFirst(key);
    for (const key of keys) if (isLast(key)) this.wakeFirst(key);
  }

  wakeFirst(key: string): void {
    const queue = this.#queues.get(key);
    const resume = queue?.shift();
    if (queue?.length === 0) this.#queues.delete(key);
    resume?.();
  }
}
