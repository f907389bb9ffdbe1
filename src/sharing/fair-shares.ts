/**
 * A capacity that functions and their providers share. A function may hold a multiple of the free amount. So a function
 * alone gets nearly the whole capacity, and a function that starts later still finds room at once.
 */

/** A function, with the provider of its messages. */
export interface Holder {
  readonly name: string;
  readonly provider: string;
}

export class FairShares {
  readonly #capacity: number;
  readonly #weight: number;
  readonly #byFunction = new Map<string, number>();
  readonly #byProvider = new Map<string, number>();
  /** By provider, the number of its functions that hold anything. */
  readonly #holders = new Map<string, number>();
  #held = 0;

  /** `weight`: the multiple of the free amount that one function or one provider may hold. */
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

  /** Whether a function may hold `amount` more units. */
  fits({ name, provider }: Holder, amount: number): boolean {
    const freeAfter = this.free - amount;
    if (freeAfter < 0) return false;
    const own = amountOf(this.#byFunction, name);
    const share = this.#weight * freeAfter;
    // For its first entry, a function only competes with one entry of each other function of its provider.
    if (own === 0) return amountOf(this.#holders, provider) * amount <= share;
    return own + amount <= share && amountOf(this.#byProvider, provider) + amount <= share;
  }

  /** How many more units a function may hold. */
  room(holder: Holder): number {
    const ofProvider = amountOf(this.#byProvider, holder.provider);
    const held = Math.max(ofProvider, amountOf(this.#byFunction, holder.name));
    // The largest amount for which `fits` is true, unless it is the function's first entry.
    const room = Math.floor((this.#weight * this.free - held) / (this.#weight + 1));
    return Math.max(room, this.fits(holder, 1) ? 1 : 0);
  }

  /** A negative amount releases. */
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
