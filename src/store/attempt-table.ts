/** The `attempt` table: how each try of an execution ended, with its log. */
import {
  type EndedAttempt,
  type LogLine,
  MAX_UNBEGUN_ATTEMPTS,
  type ScriptFailure,
  type ScriptResponse,
  unbegunBefore,
} from "../model/execution.ts";
import type { Sqlite } from "./database.ts";
import type { Claim } from "./execution-table.ts";
import type { AttemptRow } from "./schema.ts";

/** What an attempt said, as stored. */
export interface StoredReport {
  readonly logs: readonly LogLine[];
  readonly message?: string;
  readonly response?: ScriptResponse;
  /** JSON text. */
  readonly result?: string;
  readonly reason?: string;
  readonly failure?: ScriptFailure;
}

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
    this.#ofMessage = sqlite.prepare<[string], AttemptRow>(
      `SELECT attempt.* FROM attempt JOIN execution ON execution.id = attempt.execution_id
       WHERE execution.message_id = ? ORDER BY execution_id, number`,
    );
    this.#latest = sqlite
      .prepare<[string], string>(
        `SELECT report FROM attempt JOIN execution ON execution.id = execution_id
         WHERE message_id = ? AND number =
           (SELECT max(number) FROM attempt AS other WHERE other.execution_id = attempt.execution_id AND outcome <> 'INTERRUPTED')
         ORDER BY ended_at, execution_id`,
      )
      .pluck();
  }

  /** Of tries that never began the first few are kept, and the last: there may be any number of them. */
  insert(claim: Claim, { outcome, version, endedAt }: EndedAttempt): void {
    const { executionId, leaseToken: number } = claim;
    const isUnbegun = outcome.kind === "interrupted" && !outcome.begun;
    if (isUnbegun && unbegunBefore(claim) >= MAX_UNBEGUN_ATTEMPTS)
      this.#forgetUnbegun.run(executionId, number - 1);
    const { kind, durationMs, ...rest } = outcome;
    const failureKind = outcome.kind === "failure" ? outcome.failure.kind : kind.toUpperCase();
    this.#insert.run({
      execution_id: executionId,
      number,
      ended_at: endedAt,
      duration_ms: durationMs,
      outcome: failureKind,
      version,
      report: JSON.stringify(rest),
    });
  }

  /** What the latest attempt of each execution said, in the order in which they ended; interrupted ones say nothing. */
  latestOf(messageId: string): readonly StoredReport[] {
    return this.#latest.all(messageId).map((report) => JSON.parse(report));
  }

  ofMessage(messageId: string): readonly AttemptRow[] {
    return this.#ofMessage.all(messageId);
  }
}
