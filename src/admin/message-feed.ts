/**
 * What has just happened to messages, for those who follow: a bounded stretch of the past that all connections read
 * from, each at its own place. Nothing is kept for one that is slow. Lost with the process, which resuming tells.
 */
import { randomBytes } from "node:crypto";

export type Happening = "accepted" | "ended";

export interface FeedEntry {
  readonly number: number;
  readonly happening: Happening;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Where somebody goes on, and since when what happened may be missing: milliseconds since the epoch, 0 for unknown. */
export interface Place {
  readonly after: number;
  readonly gapSince?: number;
}

/** About a megabyte. */
const CAPACITY = 8192;

export class MessageFeed {
  readonly #run = randomBytes(6).toString("hex");
  readonly #entries: FeedEntry[] = [];
  readonly #capacity: number;
  readonly #followers = new Set<Follower>();
  readonly #now: () => number;
  #last = 0;
  #ended = false;

  constructor(now: () => number, capacity = CAPACITY) {
    this.#now = now;
    this.#capacity = capacity;
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** How many of them belong to one token. */
  followersOf(owner: string): number {
    return [...this.#followers].filter((follower) => follower.owner === owner).length;
  }

  add(happening: Happening, messageId: string): void {
    this.#last += 1;
    const entry = { number: this.#last, happening, messageId, at: this.#now() };
    this.#entries[this.#last % this.#capacity] = entry;
    for (const follower of this.#followers) follower.wake();
  }

  /** Behind an entry, at most `limit`; undefined when the next one is forgotten already. */
  after(number: number, limit: number): readonly FeedEntry[] | undefined {
    if (number < this.#last - this.#capacity) return undefined;
    const count = Math.min(limit, this.#last - number);
    return Array.from({ length: count }, (_, at) => this.#at(number + 1 + at));
  }

  /** What a client hands back to go on behind an entry. */
  idOf(number: number): string {
    const at = number === 0 ? this.#now() : this.#at(number).at;
    return `${this.#run}-${number}-${at}`;
  }

  /** Where a client goes on that was last told `id`; now, when it was told nothing. */
  placeOf(id: string | undefined): Place {
    if (id === undefined) return { after: this.#last };
    const [run, number, at] = id.split("-");
    const after = Number(number);
    const isKnown = run === this.#run && Number.isSafeInteger(after) && after >= 0;
    if (isKnown && after <= this.#last && this.after(after, 0) !== undefined) return { after };
    const since = Number(at);
    return { after: this.#last, gapSince: Number.isSafeInteger(since) && since > 0 ? since : 0 };
  }

  /** False when it has ended already. */
  join(follower: Follower): boolean {
    if (this.#ended) return false;
    this.#followers.add(follower);
    return true;
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** No more of it: everybody is told. */
  end(): void {
    this.#ended = true;
    for (const follower of [...this.#followers]) follower.stop();
  }

  #at(number: number): FeedEntry {
    const entry = this.#entries[number % this.#capacity];
    if (entry?.number !== number) throw new Error(`entry ${number} is forgotten`);
    return entry;
  }
}

export interface Follower {
  /** The token that it follows with. */
  readonly owner: string;
  /** There is more. */
  wake(): void;
  /** There will be no more. */
  stop(): void;
}
