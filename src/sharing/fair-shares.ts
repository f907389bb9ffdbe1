/**
 * A capacity that functions share, and so do their providers. A function may hold a multiple of what is free, so that it
 * gets nearly all while nobody else needs it, and a function that comes later still finds room at once.
 */

/** A function, with the provider whose messages it runs on. */
export interface Holder {
  readonly name: string;
  readonly provider: string;
}

export class FairShares {
  readonly #capacity: number;
  readonly #weight: number;
  readonly #byFunction = new Map<string, number>();
  readonly #byProvider = new Map<string, number>();
  /** How many functions of a provider hold anything. */
  readonly #holders = new Map<string, number>();
  #held = 0;

  /** `weight`: how many times what is free one function, or one provider, may hold. */
  constructor(capacity: number, weight: number) {
    this.#capacity = capacity;
    this.#weight = weight;
  }

  get free(): number {
    return this.#capacity - this.#held;
  }

  get isEmpty(): boolean {
    return this.#held === 0;
  }

  /** Whether there is room for so much more of a function. */
  fits({ name, provider }: Holder, amount: number): boolean {
    const left = this.free - amount;
    if (left < 0) return false;
    const own = amountOf(this.#byFunction, name);
    const share = this.#weight * left;
    // The first of a function waits for no more than the first of each other function of its provider.
    if (own === 0) return amountOf(this.#holders, provider) * amount <= share;
    return own + amount <= share && amountOf(this.#byProvider, provider) + amount <= share;
  }

  /** How many more pieces of 1 a function may hold. */
  room(holder: Holder): number {
    const ofProvider = amountOf(this.#byProvider, holder.provider);
    const held = Math.max(ofProvider, amountOf(this.#byFunction, holder.name));
    // The largest number for which `fits` holds, if it is not the first.
    const room = Math.floor((this.#weight * this.free - held) / (this.#weight + 1));
    return Math.max(room, this.fits(holder, 1) ? 1 : 0);
  }

  /** What is given back is a negative amount. */
  add({ name, provider }: Holder, amount: number): void {
    const before = amountOf(this.#byFunction, name);
    this.#held += amount;
    addTo(this.#byFunction, name, amount);
    addTo(this.#byProvider, provider, amount);
    addTo(this.#holders, provider, Number(before + amount > 0) - Number(before > 0));
  }
}

const amountOf = (amounts: ReadonlyMap<string, number>, key: string): number =>
  amounts.get(key) ?? 0;

function addTo(amounts: Map<string, number>, key: string, amount: number): void {
  const sum = amountOf(amounts, key) + amount;
  if (sum === 0) amounts.delete(key);
  else amounts.set(key, sum);
}
