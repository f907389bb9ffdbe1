/** How an attempt ended, as it is stored: in a row of its own, or with its execution. */
import type { EndedAttempt } from "../../model/execution.ts";

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
  const { kind, durationMs, ...said } = outcome;
  return {
    ended_at: endedAt,
    duration_ms: durationMs,
    outcome: outcome.kind === "failure" ? outcome.failure.kind : kind.toUpperCase(),
    report: JSON.stringify(said),
  };
}
