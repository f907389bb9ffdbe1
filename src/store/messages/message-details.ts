/** One message with its decision, executions and attempts, without its body, assembled from rows. */
import type { TraceEntry, Verification } from "../../model/decision.ts";
import type { StoredReport } from "../executions/attempt-table.ts";
import type { AttemptRow, ExecutionRow, MessageRow } from "../rows.ts";
import type { DescribedMessage } from "./message-table.ts";

export interface AttemptDetails extends StoredReport {
  readonly number: number;
  readonly endedAt: number;
  readonly durationMs: number;
  /** `SUCCESS`, `FILTERED`, `INTERRUPTED` or the kind of the failure. */
  readonly outcome: string;
  readonly version: string;
}

export interface ExecutionDetails {
  readonly function: string;
  readonly status: ExecutionRow["status"];
  readonly version: string;
  readonly params: Readonly<Record<string, string>>;
  readonly order: number | null;
  readonly attempts: readonly AttemptDetails[];
  /** When the next attempt is due, in milliseconds since the epoch; null when there is none. */
  readonly nextAttemptAt: number | null;
}

export interface MessageDetails {
  readonly row: MessageRow;
  readonly headers: readonly (readonly [string, string])[];
  readonly trace: readonly TraceEntry[];
  readonly verification: Verification | null;
  readonly executions: readonly ExecutionDetails[];
}

export function readDetails(
  row: DescribedMessage,
  executions: readonly ExecutionRow[],
  attempts: readonly AttemptRow[],
): MessageDetails {
  return {
    row,
    headers: JSON.parse(row.headers),
    trace: row.trace,
    verification: row.verification === null ? null : JSON.parse(row.verification),
    executions: executions.map((execution) => ({
      function: execution.function,
      status: execution.status,
      version: execution.version,
      params: JSON.parse(execution.params),
      order: execution.position,
      attempts: attempts.filter(({ execution_id: id }) => id === execution.id).map(readAttempt),
      nextAttemptAt: execution.status === "PENDING" ? execution.run_at : null,
    })),
  };
}

function readAttempt(row: AttemptRow): AttemptDetails {
  const report: StoredReport = JSON.parse(row.report);
  return {
    ...report,
    number: row.number,
    endedAt: row.ended_at,
    durationMs: row.duration_ms,
    outcome: row.outcome,
    version: row.version,
  };
}
