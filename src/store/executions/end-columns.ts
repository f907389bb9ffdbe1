/** Columns that describe how an attempt ended: in the `attempt` table or in the row of its execution. */
import type { EndedAttempt } from "../../model/retry.ts";

export interface EndColumns {
  /** Milliseconds since the epoch. */
  readonly ended_at: number;
  readonly duration_ms: number;
  /** `SUCCESS`, `FILTERED`, `INTERRUPTED` or the kind of the failure. */
  readonly outcome: string;
  /** JSON of a `StoredReport`. */
  readonly report: string;
}

export function endColumns({ outcome, endedAt }: EndedAttempt): EndColumns {
  const { kind, durationMs, ...report } = outcome;
  return {
    ended_at: endedAt,
    duration_ms: durationMs,
    outcome: outcome.kind === "failure" ? outcome.failure.kind : kind.toUpperCase(),
    report: JSON.stringify(report),
  };
}
