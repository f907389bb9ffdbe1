/** Places for running executions: limited by each function's concurrency and by fair shares of the total. */
import { FairShares, type Holder } from "../../sharing/fair-shares.ts";
import type { Turns } from "../../store/executions/execution-table.ts";

/** One function gets at most two thirds of all places. Ten providers that want all of them leave a twentieth free. */
const WEIGHT = 2;

export interface PlacesDeps {
  /** Maximum number of executions running at once. */
  readonly maxRunning: number;
  readonly concurrencyOf: (name: string) => number;
  readonly providerOf: (name: string) => string;
}

/** The place of one execution. It must be given back. */
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

  /** How many more executions of a function may start. */
  room(name: string): number {
    const own = this.#deps.concurrencyOf(name) - (this.#running.get(name) ?? 0);
    return own <= 0 ? 0 : Math.min(own, this.#shares.room(this.#holder(name)));
  }

  /** Only call this when `room` is above 0. */
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

/** Places taken for executions that are about to start. */
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

  /** Takes one place for each name. If one has no room, takes none and returns false. */
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

  /** Gives a taken place to an execution that starts. */
  handOver(name: string): Place {
    return this.#taken.get(name)?.pop() ?? this.#places.take(name);
  }

  /** Gives back the places that were not handed over. */
  release(): void {
    for (const places of this.#taken.values())
      for (const place of places) this.#places.giveBack(place);
    this.#taken.clear();
  }
}
