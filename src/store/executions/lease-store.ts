/** Leases of claims: extended by their holder while the execution runs, handed back when they expire. */
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

  /** Whether a running execution has an expired lease. Reads only. */
  hasExpired(now: number): boolean {
    return this.#table.hasExpired(now);
  }

  /** Extends the leases of `held`, then hands back all executions whose lease has expired. */
  extend(held: readonly Claim[], now: number): Promise<LeaseRound> {
    return this.#write(() => this.#table.extend(held, now));
  }

  /** Makes all running executions pending again; results of their runs are refused. */
  handBackAll(now: number): Promise<number> {
    return this.#write(() => this.#table.handBackAll(now));
  }

  /** The same at a start; also corrects due times, as the clock may have been set back. */
  resume(now: number): Promise<number> {
    return this.#write(() => {
      this.#table.clockWentBack(now);
      return this.#table.handBackAll(now);
    });
  }

  /** Called when the clock was set back: moves due times to the new time. */
  clockWentBack(now: number): Promise<number> {
    return this.#write(() => this.#table.clockWentBack(now));
  }
}
