/**
 * The `attempt` table: how each attempt of an execution ended, with its log. An attempt that ended before its execution
 * was stored lies in the row of the execution.
 */

import type { ScriptFailure } from "../../model/failure-kind.ts";
import type { LogLine, ScriptResponse } from "../../model/outcome.ts";
import { type EndedAttempt, MAX_UNBEGUN_ATTEMPTS, unbegunBefore } from "../../model/retry.ts";
import type { AttemptRow } from "../rows.ts";
import type { Sqlite } from "../sqlite/database.ts";
import { endColumns } from "./end-columns.ts";
import type { Claim } from "./execution-table.ts";

/** The report of an attempt, as stored. */
export interface StoredReport {
  readonly logs: readonly LogLine[];
  readonly message?: string;
  readonly response?: ScriptResponse;
  /** JSON text. */
  readonly result?: string;
  readonly reason?: string;
  readonly failure?: ScriptFailure;
}

const INLINE_ATTEMPTS = `SELECT id AS execution_id, 1 AS number, ended_at, duration_ms, outcome, version, report
  FROM execution WHERE message_id = :id AND report IS NOT NULL`;

export class AttemptTable {
  readonly #insert;
  readonly #forgetUnbegun;
  readonly #ofMessage;
  readonly #latest;

  constructor(sqlite: Sqlite) {
    this.#insert = sqlite.prepare<AttemptRow>(
      `INSERT INTO attempt (execution_id, number, ended_at, duration_ms, outcome, version, report)
       VALUES (:execution_id, :number, :ended_at, :duration_ms, :outcome, :version, :report)`,
    );
    this.#forgetUnbegun = sqlite.prepare<[number, number]>(
      `DELETE FROM attempt WHERE execution_id = ? AND number = ?
         AND outcome = 'INTERRUPTED' AND json_extract(report, '$.begun') = 0`,
    );
    this.#ofMessage = sqlite.prepare<{ id: string }, AttemptRow>(
      `SELECT attempt.* FROM attempt JOIN execution ON execution.id = execution_id WHERE message_id = :id
       UNION ALL ${INLINE_ATTEMPTS} ORDER BY execution_id, number`,
    );
    this.#latest = sqlite
      .prepare<{ id: string }, string>(
        `SELECT report FROM (
           SELECT attempt.* FROM attempt JOIN execution ON execution.id = execution_id
           WHERE message_id = :id AND number =
             (SELECT max(number) FROM attempt AS other WHERE other.execution_id = attempt.execution_id AND outcome <> 'INTERRUPTED')
           UNION ALL ${INLINE_ATTEMPTS} ORDER BY ended_at, execution_id)`,
      )
      .pluck();
  }

  /** Of attempts that never started, only the first few and the last are kept: there can be any number of them. */
  insert(claim: Claim, ended: EndedAttempt): void {
    const { executionId, leaseToken: number } = claim;
    const { outcome, version } = ended;
    const isUnbegun = outcome.kind === "interrupted" && !outcome.begun;
    if (isUnbegun && unbegunBefore(claim) >= MAX_UNBEGUN_ATTEMPTS)
      this.#forgetUnbegun.run(executionId, number - 1);
    this.#insert.run({ execution_id: executionId, number, version, ...endColumns(ended) });
  }

  /**
   * Reports of the latest attempt of each execution, in the order in which they ended; interrupted attempts are
   * skipped.
   */
  latestOf(messageId: string): readonly StoredReport[] {
    return this.#latest.all({ id: messageId }).map((report) => JSON.parse(report));
  }

  ofMessage(messageId: string): readonly AttemptRow[] {
    return this.#ofMessage.all({ id: messageId });
  }
}
