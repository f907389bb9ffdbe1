/** The problems of messages: which message has which, how many each has by hour, and which are muted. */
import type { Verification } from "../../model/decision.ts";
import type { ScriptFailure } from "../../model/failure-kind.ts";
import type { MessageStatus } from "../../model/message.ts";
import {
  failureCause,
  type ProblemCause,
  problemKey,
  rejectionCause,
  unmatchedCause,
} from "../../model/problem.ts";
import type { Sqlite } from "../sqlite/database.ts";

export const HOUR_MS = 3_600_000;

interface EndedRow {
  readonly id: string;
  readonly received_at: number;
  readonly status: MessageStatus;
  readonly provider: string | null;
  readonly uri: string;
}

interface FailedRow {
  readonly id: number;
  readonly function: string;
  /** JSON; null when an interrupted execution has no attempt. */
  readonly failure: string | null;
}

interface Given {
  /** A JSON list of message ids. */
  readonly ids: string;
}

export class ProblemTable {
  readonly #ended;
  readonly #failed;
  readonly #verification;
  readonly #ofMessage;
  readonly #ofExecution;
  readonly #put;
  readonly #count;
  readonly #counted;
  readonly #forgetCounts;
  readonly #forget;

  constructor(sqlite: Sqlite) {
    this.#ended = sqlite.prepare<Given, EndedRow>(
      `SELECT message.id, received_at, status, provider, uri FROM json_each(:ids) AS given
       CROSS JOIN message ON message.id = given.value WHERE status IN ('FAILED', 'REJECTED', 'UNMATCHED')`,
    );
    this.#failed = sqlite.prepare<[string], FailedRow>(
      // Of the report, which may hold a megabyte of log, only the failure is read.
      `SELECT id, function, json_extract(ifnull(report, (SELECT report FROM attempt WHERE execution_id = execution.id
         AND outcome <> 'INTERRUPTED' ORDER BY number DESC LIMIT 1)), '$.failure') AS failure
       FROM execution WHERE message_id = ? AND status = 'FAILED'`,
    );
    this.#verification = sqlite
      .prepare<[string], string | null>("SELECT verification FROM content WHERE message_id = ?")
      .pluck();
    this.#ofMessage = sqlite.prepare<[string, string]>(
      "UPDATE message SET problem = ? WHERE id = ?",
    );
    this.#ofExecution = sqlite.prepare<[string, number]>(
      "UPDATE execution SET problem = ? WHERE id = ?",
    );
    this.#put = sqlite.prepare<[string, string]>(
      "INSERT OR IGNORE INTO problem (key, cause) VALUES (?, ?)",
    );
    this.#count = sqlite.prepare<[string, number, number]>(
      `INSERT INTO problem_count VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#counted = sqlite.prepare<Given, { problem: string; hour: number; count: number }>(
      `SELECT problem, CAST(received_at / ${HOUR_MS} AS INTEGER) AS hour, count(*) AS count FROM (
         SELECT message.problem, received_at FROM json_each(:ids) AS given
           CROSS JOIN message ON message.id = given.value WHERE message.problem IS NOT NULL
         UNION ALL
         SELECT execution.problem, received_at FROM json_each(:ids) AS given
           CROSS JOIN message ON message.id = given.value
           CROSS JOIN execution ON message_id = message.id WHERE execution.problem IS NOT NULL)
       GROUP BY 1, 2`,
    );
    this.#forgetCounts = sqlite.prepare<[string]>(
      "DELETE FROM problem_count WHERE problem = ? AND count <= 0",
    );
    this.#forget = sqlite.prepare<[string]>(
      `DELETE FROM problem WHERE key = ? AND muted_until IS NULL
         AND NOT EXISTS (SELECT 1 FROM problem_count WHERE problem = key)`,
    );
  }

  /** Notes the problems of those of these messages that have one. All of them have ended. */
  assign(ids: readonly string[]): void {
    for (const message of this.#ended.all({ ids: JSON.stringify(ids) })) {
      if (message.status === "FAILED") this.#assignFailures(message);
      else this.#ofMessage.run(this.#keyOf(message, this.#causeOf(message)), message.id);
    }
  }

  /** Called before these messages are removed. */
  removing(ids: readonly string[]): void {
    for (const { problem, hour, count } of this.#counted.all({ ids: JSON.stringify(ids) })) {
      this.#count.run(problem, hour, -count);
      this.#forgetCounts.run(problem);
      this.#forget.run(problem);
    }
  }

  #assignFailures(message: EndedRow): void {
    for (const { id, function: name, failure } of this.#failed.all(message.id)) {
      if (failure === null) continue;
      const found: ScriptFailure = JSON.parse(failure);
      const cause = failureCause(message.provider, name, found);
      this.#ofExecution.run(this.#keyOf(message, cause), id);
    }
  }

  #causeOf({ id, status, provider, uri }: EndedRow): ProblemCause {
    if (status === "UNMATCHED") return unmatchedCause(provider, uri);
    const verification: Partial<Verification> = JSON.parse(this.#verification.get(id) ?? "{}");
    return rejectionCause(provider, verification);
  }

  /** Stores the problem, and counts the message. */
  #keyOf({ received_at: receivedAt }: EndedRow, cause: ProblemCause): string {
    const key = problemKey(cause);
    this.#put.run(key, JSON.stringify(cause));
    this.#count.run(key, Math.floor(receivedAt / HOUR_MS), 1);
    return key;
  }
}
