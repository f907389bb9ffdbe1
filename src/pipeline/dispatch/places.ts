/** Places for executions that run: so many of one function, and fair shares of all. */
import { FairShares, type Holder } from "../../sharing/fair-shares.ts";
import type { Turns } from "../../store/executions/execution-table.ts";

/** One function gets two thirds of all places at most, and ten providers that want all of them leave a twentieth. */
const WEIGHT = 2;

export interface PlacesDeps {
  /** Most executions running at once. */
  readonly maxRunning: number;
  readonly concurrencyOf: (name: string) => number;
  readonly providerOf: (name: string) => string;
}

/** Of one execution. It has to be given back. */
export type Place = Holder;

export class Places {
  readonly #deps: PlacesDeps;
  readonly #shares: FairShares;
  readonly #running = new Map<string, number>();

  constructor(deps: PlacesDeps) {
    this.#deps = deps;
    this.#shares = new FairShares(deps.maxRunning, WEIGHT);
  }

  get hasFree(): boolean {
    return this.#shares.free > 0;
  }

  /** How many more executions of a function may run. */
  room(name: string): number {
    const own = this.#deps.concurrencyOf(name) - (this.#running.get(name) ?? 0);
    return own <= 0 ? 0 : Math.min(own, this.#shares.room(this.#holder(name)));
  }

  /** To be called when there is room. */
  take(name: string): Place {
    const place = this.#holder(name);
    this.#count(place, 1);
    return place;
  }

  giveBack(place: Place): void {
    this.#count(place, -1);
  }

  #holder(name: string): Holder {
    return { name, provider: this.#deps.providerOf(name) };
  }

  #count(place: Place, change: number): void {
    this.#shares.add(place, change);
    const count = (this.#running.get(place.name) ?? 0) + change;
    if (count === 0) this.#running.delete(place.name);
    else this.#running.set(place.name, count);
  }
}

/** The places that some executions are about to get. */
export class TakenPlaces implements Turns {
  readonly #places: Places;
  readonly #taken = new Map<string, Place[]>();

  constructor(places: Places) {
    this.#places = places;
  }

  begin(): void {
    this.release();
  }

  room(name: string): number {
    return this.#places.room(name);
  }

  claimed(name: string, count: number): void {
    const taken = this.#taken.get(name) ?? [];
    for (let n = 0; n < count; n++) taken.push(this.#places.take(name));
    this.#taken.set(name, taken);
  }

  /** False, and nothing is taken, when there is no room for all of them. */
  takeAll(names: readonly string[]): boolean {
    for (const name of names) {
      if (this.room(name) === 0) {
        this.release();
        return false;
      }
      this.claimed(name, 1);
    }
    return true;
  }

  /** For an execution that begins. */
  handOver(name: string): Place {
    return this.#taken.get(name)?.pop() ?? this.#places.take(name);
  }

  /** Gives back what was not handed over. */
  release(): void {
    for (const places of this.#taken.values())
      for (const place of places) this.#places.giveBack(place);
    this.#taken.clear();
  }
}
