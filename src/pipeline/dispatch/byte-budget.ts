/** Bytes that functions share fairly: what does not fit waits, each function in a line of its own. */
import { FairShares, type Holder } from "./fair-shares.ts";

/** One function, and one provider, may hold as much as is free: half of all while nobody else needs it. */
const WEIGHT = 1;

interface Waiting {
  readonly holder: Holder;
  readonly bytes: number;
  readonly enter: () => void;
}

export class ByteBudget {
  readonly #shares: FairShares;
  /** By function, the one whose turn is next at the start. */
  readonly #lines = new Map<string, Waiting[]>();

  constructor(maxBytes: number) {
    this.#shares = new FairShares(maxBytes, WEIGHT);
  }

  /** Resolves once there is room, in order within a function. What is larger than everything enters when it is alone. */
  async take(holder: Holder, bytes: number): Promise<Disposable> {
    const line = this.#lines.get(holder.name);
    if (line !== undefined || !this.#fits(holder, bytes))
      await new Promise<void>((enter) => this.#wait({ holder, bytes, enter }));
    else this.#shares.add(holder, bytes);
    return {
      [Symbol.dispose]: () => {
        this.#shares.add(holder, -bytes);
        this.#letIn();
      },
    };
  }

  #fits(holder: Holder, bytes: number): boolean {
    return this.#shares.isEmpty || this.#shares.fits(holder, bytes);
  }

  #wait(waiting: Waiting): void {
    const { name } = waiting.holder;
    const line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, [waiting]);
    else line.push(waiting);
  }

  /** Functions take turns: who was let in is asked again after all others. */
  #letIn(): void {
    for (const [name, line] of this.#lines) {
      const [first] = line;
      if (first === undefined || !this.#fits(first.holder, first.bytes)) continue;
      line.shift();
      this.#lines.delete(name);
      // The loop comes to it once more, at the end.
      if (line.length > 0) this.#lines.set(name, line);
      this.#shares.add(first.holder, first.bytes);
      first.enter();
    }
  }
}
