/** The `attempt` table: how each try of an execution ended, with its log. */
import type { LogLine, Outcome, ScriptFailure, ScriptResponse } from "../model/execution.ts";
import type { Sqlite } from "./database.ts";
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
  readonly #ofMessage;

  constructor(sqlite: Sqlite) {
    this.#insert = sqlite.prepare<AttemptRow>(
      `INSERT INTO attempt (execution_id, number, ended_at, duration_ms, outcome, version, report)
       VALUES (:execution_id, :number, :ended_at, :duration_ms, :outcome, :version, :report)`,
    );
    this.#ofMessage = sqlite.prepare<[string], AttemptRow>(
      `SELECT attempt.* FROM attempt JOIN execution ON execution.id = attempt.execution_id
       WHERE execution.message_id = ? ORDER BY execution_id, number`,
    );
  }

  insert(
    executionId: number,
    number: number,
    run: { readonly version: string; readonly endedAt: number },
    outcome: Outcome,
  ): void {
    const { kind, durationMs, ...rest } = outcome;
    const failureKind = outcome.kind === "failure" ? outcome.failure.kind : kind.toUpperCase();
    this.#insert.run({
      execution_id: executionId,
      number,
      ended_at: run.endedAt,
      duration_ms: durationMs,
      outcome: failureKind,
      version: run.version,
      report: JSON.stringify(rest),
    });
  }

  ofMessage(messageId: string): readonly AttemptRow[] {
    return this.#ofMessage.all(messageId);
  }
}
