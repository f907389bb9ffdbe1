/** Finds the child for a request, and lets it wait while no child has room. */
import type { ChildRoster } from "./child-roster.ts";
import type { Member } from "./member.ts";
import { Suspects } from "./suspects.ts";
import { WaitQueues } from "./wait-queues.ts";

/**
 * The role of the child. `quarantine` and `alone` are for scripts that may end the process; `alone` has a child of its
 * own. `trial` is for drafts, away from live messages.
 */
export type Place = "match" | "quarantine" | "trial" | "function" | "alone";

/** How long a function that ended its process runs apart from others. */
const SUSPECT_MS = 600_000;
const MAX_SUSPECTS = 1000;

export class Placement {
  readonly #roster: ChildRoster;
  readonly #queues = new WaitQueues();
  /** Keys of functions. */
  readonly #suspects = new Suspects(SUSPECT_MS, MAX_SUSPECTS);
  #isStopping = false;

  constructor(roster: ChildRoster) {
    this.#roster = roster;
  }

  /**
   * A request ended its process. Its function interrupted the other runs there, so for a while it runs in another
   * process. A trial has the key of the live function, and is not counted.
   */
  noteDeath(place: Place, key: string): void {
    if (place === "function" || place === "alone") this.#suspects.add(key);
  }

  /** A ready child; undefined if the request must wait for one. `key`: of the function, or empty. */
  ready(place: Place, key: string): Member | undefined {
    return this.#isSuspect(place, key) ? undefined : this.#roster.readyMember(place, key);
  }

  /** Waits for a child with room. Undefined when the program stops. */
  async wait(place: Place, key: string): Promise<Member | undefined> {
    if (place !== "function" && place !== "alone") return this.#roster.memberForRole(place);
    for (let isWoken = false; ; isWoken = true) {
      const member = await this.#memberForRun(place, key);
      if (member !== undefined || this.#isStopping) {
        // There may be room for the next request too.
        this.#queues.wakeFirst(key);
        return member;
      }
      await this.#queues.wait(key, isWoken);
    }
  }

  /** A child may have room. Suspects come last, because the runs that they interrupted would wait for all of them. */
  wakeAll(): void {
    this.#queues.wakeAll((key) => this.#suspects.has(key));
  }

  /** Ends all waiting. */
  stop(): void {
    this.#isStopping = true;
    this.wakeAll();
  }

  #memberForRun(place: "function" | "alone", key: string): Promise<Member | undefined> {
    if (place === "alone") return this.#roster.dedicatedMember(this.#suspects.has(key));
    return this.#isSuspect(place, key)
      ? this.#roster.memberForSuspect()
      : this.#roster.memberForFunction(key);
  }

  #isSuspect(place: Place, key: string): boolean {
    return place === "function" && this.#suspects.has(key);
  }
}
