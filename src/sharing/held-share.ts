/** A part of a shared amount, until it is given back. */
export class HeldShare implements Disposable {
  readonly #giveBack: (amount: number) => void;
  #amount: number;

  constructor(amount: number, giveBack: (amount: number) => void) {
    this.#amount = amount;
    this.#giveBack = giveBack;
  }

  /** Gives back what was taken beyond `amount`. */
  shrinkTo(amount: number): void {
    const spare = Math.max(0, this.#amount - amount);
    this.#amount -= spare;
    if (spare > 0) this.#giveBack(spare);
  }

  [Symbol.dispose](): void {
    this.shrinkTo(0);
  }
}
