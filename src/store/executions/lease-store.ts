/** Claims as leases: extended by their holder while it runs, handed back when nobody does. */
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import type { Claim } from "./execution-table.ts";
import { type LeaseRound, LeaseTable } from "./lease-table.ts";

export class LeaseStore {
  readonly #table: LeaseTable;
  readonly #write: Write;

  constructor(sqlite: Sqlite, write: Write) {
    this.#table = new LeaseTable(sqlite);
    this.#write = write;
  }

  /** Whether the lease of anything that runs is over. Reads only. */
  hasExpired(now: number): boolean {
    return this.#table.hasExpired(now);
  }

  /** Extends the leases of `held`, and then hands back whatever else has one that is over. */
  extend(held: readonly Claim[], now: number): Promise<LeaseRound> {
    return this.#write(() => this.#table.extend(held, now));
  }

  /** What is running is pending again and the results of its runs are refused: nobody waits for them. */
  handBackAll(now: number): Promise<number> {
    return this.#write(() => this.#table.handBackAll(now));
  }

  /** The same after a start, for which the clock may have been set back too. */
  resume(now: number): Promise<number> {
    return this.#write(() => {
      this.#table.clockWentBack(now);
      return this.#table.handBackAll(now);
    });
  }

  /** To be told when the clock is behind what it was: what was to run by then runs by the new time. */
  clockWentBack(now: number): Promise<number> {
    return this.#write(() => this.#table.clockWentBack(now));
  }
}
