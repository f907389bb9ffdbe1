/** Work that takes milliseconds each: done one at a time between other things, and in turns by key. */
export class FairLine {
  readonly #queues = new Map<string, (() => void)[]>();
  #serving = false;

  add(key: string, work: () => void): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [work]);
    else queue.push(work);
    if (!this.#serving) this.#serveSoon();
  }

  #serveSoon(): void {
    this.#serving = this.#queues.size > 0;
    if (this.#serving) setImmediate(() => this.#serve());
  }

  #serve(): void {
    const [entry] = this.#queues;
    if (entry !== undefined) {
      const [key, queue] = entry;
      // To the end of the line: whoever comes with one thing waits for one of each other, not for all of one.
      this.#queues.delete(key);
      const work = queue.shift();
      if (queue.length > 0) this.#queues.set(key, queue);
      work?.();
    }
    this.#serveSoon();
  }
}
