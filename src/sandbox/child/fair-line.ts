/** Work that takes milliseconds each: done one at a time between other things, and in turns by key. */
export class FairLine {
  readonly #queues = new Map<string, (() => void)[]>();
  /** Keys whose next work takes hardly any time by now. */
  readonly #hurried = new Set<string>();
  #serving = false;

  add(key: string, work: () => void): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [work]);
    else queue.push(work);
    if (!this.#serving) this.#serveSoon();
  }

  /** The next work of this key need not wait for its turn: it takes hardly any time. */
  hurry(key: string): void {
    if (this.#queues.has(key)) this.#hurried.add(key);
  }

  #serveSoon(): void {
    this.#serving = this.#queues.size > 0;
    if (this.#serving) setImmediate(() => this.#serve());
  }

  #serve(): void {
    const [key] = this.#hurried.size > 0 ? this.#hurried : this.#queues.keys();
    if (key !== undefined) this.#next(key)?.();
    this.#serveSoon();
  }

  #next(key: string): (() => void) | undefined {
    const queue = this.#queues.get(key);
    this.#hurried.delete(key);
    // To the end of the line: whoever comes with one thing waits for one of each other, not for all of one.
    this.#queues.delete(key);
    const work = queue?.shift();
    if (queue !== undefined && queue.length > 0) this.#queues.set(key, queue);
    return work;
  }
}
