/** A held part of a shared amount. Disposing of it releases the part. */
export class HeldShare implements Disposable {
  readonly #release: (amount: number) => void;
  #amount: number;

  constructor(amount: number, release: (amount: number) => void) {
    this.#amount = amount;
    this.#release = release;
  }

  /** Releases the part beyond `amount`. */
  shrinkTo(amount: number): void {
    const spare = Math.max(0, this.#amount - amount);
    this.#amount -= spare;
    if (spare > 0) this.#release(spare);
  }

  [Symbol.dispose](): void {
    this.shrinkTo(0);
  }
}
