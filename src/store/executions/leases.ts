/** Leases of claims, in the `execution` table: extended by their holder while the execution runs, handed back when they expire. */
import { LEASE_MS } from "../../model/execution.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Write } from "../sqlite/writer.ts";
import type { Claim } from "./execution-table.ts";

export interface LeaseRound {
  /** Claims whose execution has ended or has a later claim. */
  readonly lost: readonly Claim[];
  /** Executions whose lease had expired: they are due again. */
  readonly handedBack: number;
}

export class LeaseStore {
  readonly #write: Write;
  readonly #handBack;
  readonly #hasExpired;
  readonly #extend;
  readonly #expire;
  readonly #clockWentBack;
  readonly #shorten;

  constructor(sqlite: Sqlite, write: Write) {
    this.#write = write;
    this.#handBack = sqlite.prepare<[number]>(
      "UPDATE execution SET status = 'PENDING', run_at = MIN(run_at, ?) WHERE status = 'RUNNING'",
    );
    const isOver = "status = 'RUNNING' AND COALESCE(lease_until, 0) <= ?";
    this.#hasExpired = sqlite
      .prepare<[number], number>(`SELECT 1 FROM execution WHERE ${isOver} LIMIT 1`)
      .pluck();
    this.#extend = sqlite.prepare<[number, number, number]>(
      "UPDATE execution SET lease_until = ? WHERE id = ? AND lease_token = ? AND status = 'RUNNING'",
    );
    this.#expire = sqlite.prepare<[number, number]>(
      `UPDATE execution SET status = 'PENDING', run_at = ? WHERE ${isOver}`,
    );
    this.#clockWentBack = sqlite.prepare<{ now: number }>(
      `UPDATE execution SET run_at = :now + COALESCE(run_at - last.ended_at, 0)
       FROM (SELECT execution.id, (SELECT ended_at FROM attempt WHERE execution_id = execution.id ORDER BY number DESC LIMIT 1) AS ended_at
             FROM execution WHERE status = 'PENDING' AND run_at > :now) AS last
       WHERE execution.id = last.id AND (last.ended_at IS NULL OR last.ended_at > :now)`,
    );
    this.#shorten = sqlite.prepare<{ until: number }>(
      "UPDATE execution SET lease_until = :until WHERE status = 'RUNNING' AND lease_until > :until",
    );
  }

  /** Whether a running execution has an expired lease. Reads only. */
  hasExpired(now: number): boolean {
    return this.#hasExpired.get(now) !== undefined;
  }

  /**
   * Extends the leases of `held`, then hands back all executions whose lease has expired. In this order, because after
   * a clock jump all leases look expired.
   */
  extend(held: readonly Claim[], now: number): Promise<LeaseRound> {
    const isExtended = ({ executionId, leaseToken }: Claim) =>
      this.#extend.run(now + LEASE_MS, executionId, leaseToken).changes > 0;
    return this.#write(() => {
      const lost = held.filter((claim) => !isExtended(claim));
      return { lost, handedBack: this.#expire.run(now, now).changes };
    });
  }

  /**
   * Makes all running executions pending and due, whatever their lease: at a start and at the end of a process none can
   * be running. Results of their runs are refused. Only for a process that has the database alone; several processes
   * must wait for leases to expire.
   */
  handBackAll(now: number): Promise<number> {
    return this.#write(() => this.#handBack.run(now).changes);
  }

  /** The same at a start; also corrects due times, as the clock may have been set back. */
  resume(now: number): Promise<number> {
    return this.#write(() => {
      this.#correctDueTimes(now);
      return this.#handBack.run(now).changes;
    });
  }

  /** Called when the clock was set back: moves due times to the new time. */
  clockWentBack(now: number): Promise<number> {
    return this.#write(() => this.#correctDueTimes(now));
  }

  /**
   * Due times set while the clock was ahead would delay executions until it is there again. A first attempt becomes due
   * at once, and a retry after its full delay, counted from now.
   */
  #correctDueTimes(now: number): number {
    this.#shorten.run({ until: now + LEASE_MS });
    return this.#clockWentBack.run({ now }).changes;
  }
}
