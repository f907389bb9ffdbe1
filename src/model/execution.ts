/** Executions: one function that must run on one message. Their states, and the outcomes of an attempt. */

export const EXECUTION_STATUSES = ["PENDING", "RUNNING", "SUCCESS", "FAILED", "FILTERED"] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** Why an attempt failed; shown in the message log and in the documentation. */
export const FAILURE_KINDS = [
  "SCRIPT_ERROR",
  "COMPILE_ERROR",
  "TIMEOUT",
  "CPU_LIMIT",
  "MEMORY_LIMIT",
  "OUTPUT_LIMIT",
  "EGRESS_DENIED",
  "HOST_LIMIT",
  "CRASH",
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** An error of a script, in the lines and columns of the script as written. */
export interface ScriptFailure {
  readonly kind: FailureKind;
  readonly name: string;
  readonly message: string;
  /**
   * The path of the shared module with the error: `functions/_lib/util.ts`; absent if the error is in the script
   * itself.
   */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** The lines around the error, with the column marked. */
  readonly frame?: string;
  readonly stack?: string;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** The HTTP answer that a function set with `ctx.respond`. */
export interface ScriptResponse {
  readonly status: number;
  /** By lower-case name; a list is sent as several lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** The encoding of a body of bytes; absent for text. */
  readonly bodyEncoding?: "base64" | undefined;
}

/** The report of a run, for every outcome. */
export interface RunReport {
  readonly logs: readonly LogLine[];
  /** The line shown in lists: the script's `setMessage`, or the error. */
  readonly message?: string;
  readonly response?: ScriptResponse;
  /** Wall time, in milliseconds with fractions. */
  readonly durationMs: number;
}

/** The outcome of an attempt. */
export type Outcome = RunReport &
  (
    | { readonly kind: "success"; readonly result?: string }
    | { readonly kind: "filtered"; readonly reason: string }
    | {
        readonly kind: "failure";
        readonly failure: ScriptFailure;
        /** `ctx.Fatal`: trying again cannot help. */
        readonly fatal: boolean;
        /** `ctx.retryAfter`: the script's choice of the delay before the next attempt, in milliseconds. */
        readonly retryAfterMs?: number;
      }
    /** Its process died, and it is not known to be at fault: it runs again. */
    | {
        readonly kind: "interrupted";
        /** False if the run never started. */
        readonly begun: boolean;
      }
  );

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

/**
 * The lease of a claim. Its process extends it while the execution runs. After it expires, any process may claim the
 * execution, and the token of the old claim makes its result invalid.
 */
export const LEASE_MS = 60_000;

/** How many earlier claims ran nothing: the run never started, or was handed back. */
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
