/** Bodies in memory at once: a thousand executions may wait, but not with 25 MB each. */

/** Thousands of these are no matter, and they need not wait behind large ones. */
const SMALL_BYTES = 64 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export class ByteBudget {
  readonly #maxBytes: number;
  #held = 0;
  readonly #line: Waiting[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Resolves, in order, once there is room. What is larger than everything enters when it is alone. */
  async take(bytes: number): Promise<Disposable> {
    if (bytes <= SMALL_BYTES) return { [Symbol.dispose]: () => undefined };
    if (this.#line.length > 0 || !this.#fits(bytes))
      await new Promise<void>((enter) => this.#line.push({ bytes, enter }));
    else this.#held += bytes;
    return { [Symbol.dispose]: () => this.#giveBack(bytes) };
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#maxBytes;
  }

  #giveBack(bytes: number): void {
    this.#held -= bytes;
    for (
      let next = this.#line[0];
      next !== undefined && this.#fits(next.bytes);
      next = this.#line[0]
    ) {
      this.#line.shift();
      this.#held += next.bytes;
      next.enter();
    }
  }
}
