/** When an execution runs again after an attempt: retries with backoff, and runs whose process died. */
import type { Outcome } from "./outcome.ts";

/**
 * How many times an execution runs again because its process died. The last run has a process of its own, which no
 * other run can crash: if that process dies too, the execution fails with `CRASH`.
 */
export const MAX_INTERRUPTIONS = 3;

/** Time for a new process to start. */
const INTERRUPTED_DELAY_MS = 200;
/** Maximum delay between attempts that never started. If no process starts, retrying more often would not help. */
const MAX_UNBEGUN_DELAY_MS = 60_000;
/** How many attempts in a row that never started are kept in the log: the first ones and the last. */
export const MAX_UNBEGUN_ATTEMPTS = 5;

/** How many earlier claims ran nothing: the run never started, or the execution became pending again. */
export const unbegunBefore = (claim: {
  readonly leaseToken: number;
  readonly attempt: number;
  readonly interruptions: number;
}): number => claim.leaseToken - 1 - claim.attempt - claim.interruptions;

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly factor: number;
  readonly maxBackoffMs: number;
}

/** The next state of an execution after an attempt: the only transition out of `RUNNING`. */
export type NextStep =
  | { readonly status: "SUCCESS" | "FILTERED" | "FAILED" }
  | { readonly status: "PENDING"; readonly delayMs: number };

/** A finished attempt and the next step of its execution. */
export interface EndedAttempt {
  readonly outcome: Outcome;
  readonly step: NextStep;
  /** The version of the function that ran; empty if none did. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** An attempt that ends its execution. */
export type LastAttempt = EndedAttempt & {
  readonly step: { readonly status: "SUCCESS" | "FILTERED" | "FAILED" };
};

export const isLast = (ended: EndedAttempt): ended is LastAttempt =>
  ended.step.status !== "PENDING";

/**
 * Decides the step after an attempt.
 * `attempt` is the number of the attempt that just ended (from 1), `interruptions` how many came before this one,
 * `unbegun` how many attempts never started, `random` a number in [0, 1): retries get ±50 % jitter, so that many
 * failures do not come back together.
 */
export function nextStep(
  outcome: Outcome,
  tries: {
    readonly attempt: number;
    readonly interruptions: number;
    readonly unbegun: number;
    readonly retry: RetryPolicy;
  },
  random: number,
): NextStep {
  switch (outcome.kind) {
    case "success":
      return { status: "SUCCESS" };
    case "filtered":
      return { status: "FILTERED" };
    case "interrupted":
      if (!outcome.begun) return { status: "PENDING", delayMs: unbegunDelay(tries.unbegun) };
      return tries.interruptions >= MAX_INTERRUPTIONS
        ? { status: "FAILED" }
        : { status: "PENDING", delayMs: INTERRUPTED_DELAY_MS };
    case "failure": {
      if (outcome.fatal || tries.attempt >= tries.retry.maxAttempts) return { status: "FAILED" };
      const { backoffMs, factor, maxBackoffMs } = tries.retry;
      const planned = Math.min(backoffMs * factor ** (tries.attempt - 1), maxBackoffMs);
      return {
        status: "PENDING",
        delayMs: outcome.retryAfterMs ?? Math.round(planned * (0.5 + random)),
      };
    }
  }
}

/** Doubles each time. */
const unbegunDelay = (before: number): number =>
  Math.min(INTERRUPTED_DELAY_MS * 2 ** before, MAX_UNBEGUN_DELAY_MS);
