/**
 * A queue of tasks that take milliseconds each. It runs one task per turn of the event loop and takes turns between
 * keys.
 */
export class FairQueue {
  readonly #queues = new Map<string, (() => void)[]>();
  /** Keys whose next task is known to be short. */
  readonly #prioritized = new Set<string>();
  #isServing = false;

  add(key: string, task: () => void): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [task]);
    else queue.push(task);
    if (!this.#isServing) this.#serveSoon();
  }

  /** Runs the next task of this key first: it is now known to be short. */
  prioritize(key: string): void {
    if (this.#queues.has(key)) this.#prioritized.add(key);
  }

  #serveSoon(): void {
    this.#isServing = this.#queues.size > 0;
    if (this.#isServing) setImmediate(() => this.#serve());
  }

  #serve(): void {
    const [key] = this.#prioritized.size > 0 ? this.#prioritized : this.#queues.keys();
    if (key !== undefined) this.#takeNext(key)?.();
    this.#serveSoon();
  }

  #takeNext(key: string): (() => void) | undefined {
    const queue = this.#queues.get(key);
    this.#prioritized.delete(key);
    // Move the key to the end, so that a key with many tasks delays another key by one task only.
    this.#queues.delete(key);
    const task = queue?.shift();
    if (queue !== undefined && queue.length > 0) this.#queues.set(key, queue);
    return task;
  }
}
