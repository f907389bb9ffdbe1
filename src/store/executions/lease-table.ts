/** Claims of the `execution` table as leases: extended by their holder while it runs, handed back when nobody does. */
import { LEASE_MS } from "../../model/execution.ts";
import type { Sqlite } from "../sqlite/database.ts";
import type { Claim } from "./execution-table.ts";

export interface LeaseRound {
  /** Claims that are somebody else's by now, or ended. */
  readonly lost: readonly Claim[];
  /** Executions whose lease was over: they are due. */
  readonly handedBack: number;
}

export class LeaseTable {
  readonly #handBack;
  readonly #hasExpired;
  readonly #extend;
  readonly #expire;
  readonly #clockWentBack;
  readonly #shorten;

  constructor(sqlite: Sqlite) {
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

  hasExpired(now: number): boolean {
    return this.#hasExpired.get(now) !== undefined;
  }

  /** First its own, so that a clock that jumped ahead takes nothing away from whoever is there to extend it. */
  extend(held: readonly Claim[], now: number): LeaseRound {
    const isMine = ({ executionId, leaseToken }: Claim) =>
      this.#extend.run(now + LEASE_MS, executionId, leaseToken).changes > 0;
    const lost = held.filter((claim) => !isMine(claim));
    return { lost, handedBack: this.#expire.run(now, now).changes };
  }

  /**
   * At a start nothing can be running, and at the end nothing may: what says so was cut off and runs again, whatever its
   * lease. Only for who has the database alone; where several share one, leases run out.
   */
  handBackAll(now: number): number {
    return this.#handBack.run(now).changes;
  }

  /**
   * Due times from when the clock was ahead would hold executions up until it is there again: a first attempt is due at
   * once, and a further one as long from now as it was to wait after the last.
   */
  clockWentBack(now: number): number {
    this.#shorten.run({ until: now + LEASE_MS });
    return this.#clockWentBack.run({ now }).changes;
  }
}
