/**
 * Recent events of messages: a bounded ring that all following connections read, each at its own position. A slow
 * connection gets no buffer of its own. A restart loses the ring; a resuming client gets a `gap`.
 */
import { randomBytes } from "node:crypto";
import type { LogEvent } from "../model/message.ts";

export interface FeedEntry {
  readonly number: number;
  readonly event: LogEvent;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Where a connection continues, and since when events may be missing: milliseconds since the epoch, 0 for unknown. */
export interface Place {
  readonly after: number;
  readonly gapSince?: number;
}

/** About a megabyte of entries. */
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

  /** How many connections use one token. */
  followersOf(owner: string): number {
    return [...this.#followers].filter((follower) => follower.owner === owner).length;
  }

  add(event: LogEvent, messageId: string): void {
    this.#last += 1;
    const entry = { number: this.#last, event, messageId, at: this.#now() };
    this.#entries[this.#last % this.#capacity] = entry;
    for (const follower of this.#followers) follower.wake();
  }

  /** Entries after a number, at most `limit`; undefined when the next one has been overwritten. */
  after(number: number, limit: number): readonly FeedEntry[] | undefined {
    if (number < this.#last - this.#capacity) return undefined;
    const count = Math.min(limit, this.#last - number);
    return Array.from({ length: count }, (_, at) => this.#at(number + 1 + at));
  }

  /** The event id from which a client can resume after this entry. */
  idOf(number: number): string {
    const at = number === 0 ? this.#now() : this.#at(number).at;
    return `${this.#run}-${number}-${at}`;
  }

  /** The position after the event `id`; without an id, the current end. */
  placeOf(id: string | undefined): Place {
    if (id === undefined) return { after: this.#last };
    const [run, number, at] = id.split("-");
    const after = Number(number);
    const isKnown = run === this.#run && Number.isSafeInteger(after) && after >= 0;
    if (isKnown && after <= this.#last && this.after(after, 0) !== undefined) return { after };
    const since = Number(at);
    return { after: this.#last, gapSince: Number.isSafeInteger(since) && since > 0 ? since : 0 };
  }

  /** False after `end`. */
  join(follower: Follower): boolean {
    if (this.#ended) return false;
    this.#followers.add(follower);
    return true;
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** Stops all followers. */
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
  /** Id of the token of the connection. */
  readonly owner: string;
  /** Called when there are new entries. */
  wake(): void;
  /** Called when the feed ends. */
  stop(): void;
}
