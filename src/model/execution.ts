/** One function owed to one message: its states, and how an attempt can end. */

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
  /** The shared module the error is in: `functions/_lib/util.ts`; absent when it is the script itself. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** The lines around the error, the column marked. */
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

/** The answer a function asked for with `ctx.respond`. */
export interface ScriptResponse {
  readonly status: number;
  /** By lower-case name; a list is sent as several lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** What `body` stands for bytes in; text when absent. */
  readonly bodyEncoding?: "base64" | undefined;
}

/** What a run leaves behind, however it ended. */
export interface RunReport {
  readonly logs: readonly LogLine[];
  /** The line shown in lists: the script's `setMessage`, or the error. */
  readonly message?: string;
  readonly response?: ScriptResponse;
  /** Wall time, in milliseconds with fractions. */
  readonly durationMs: number;
}

/** How an attempt ended. */
export type Outcome = RunReport &
  (
    | { readonly kind: "success"; readonly result?: string }
    | { readonly kind: "filtered"; readonly reason: string }
    | {
        readonly kind: "failure";
        readonly failure: ScriptFailure;
        /** `ctx.Fatal`: trying again cannot help. */
        readonly fatal: boolean;
        /** `ctx.retryAfter`: the script's own choice of the next try, in milliseconds from now. */
        readonly retryAfterMs?: number;
      }
    /** The process under it died, and nobody can say that it was at fault: it runs again. */
    | {
        readonly kind: "interrupted";
        /** False when it never began. */
        readonly begun: boolean;
      }
  );

/**
 * How often an execution is run again because its process died. The last time it has a process of its own, which
 * nobody else can bring down: when that dies too, it counts as `CRASH`.
 */
export const MAX_INTERRUPTIONS = 3;

/** Time for a new process to come up. */
const INTERRUPTED_DELAY_MS = 200;
/** The longest time between two tries of what never began: no process comes up, and trying harder helps nobody. */
const MAX_UNBEGUN_DELAY_MS = 60_000;
/** So many tries that never began in a row are kept in the log: the first ones and the last. */
export const MAX_UNBEGUN_ATTEMPTS = 5;

/**
 * How long a claim is good for. Its holder extends it while it runs; once it is over, anybody may claim anew, and the
 * result of the old claim is refused by its token.
 */
export const LEASE_MS = 60_000;

/** How many claims before this one came to nothing: the run never began, or was handed back. */
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

/** What becomes of an execution after an attempt: the one place where its status moves on from `RUNNING`. */
export type NextStep =
  | { readonly status: "SUCCESS" | "FILTERED" | "FAILED" }
  | { readonly status: "PENDING"; readonly delayMs: number };

/** An attempt that is over, and what follows from it. */
export interface EndedAttempt {
  readonly outcome: Outcome;
  readonly step: NextStep;
  /** Of the function that ran; empty when none did. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** An attempt after which nothing more is owed. */
export type LastAttempt = EndedAttempt & {
  readonly step: { readonly status: "SUCCESS" | "FILTERED" | "FAILED" };
};

export const isLast = (ended: EndedAttempt): ended is LastAttempt =>
  ended.step.status !== "PENDING";

/**
 * Decides the step after an attempt.
 * `attempt` is the number of the attempt that just ended (from 1), `interruptions` how many came before this one,
 * `unbegun` how many tries came to nothing, `random` a number in [0, 1): retries get ±50 % jitter, so that a crowd of failures does not come back together.
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

/** Twice as long each time. */
const unbegunDelay = (before: number): number =>
  Math.min(INTERRUPTED_DELAY_MS * 2 ** before, MAX_UNBEGUN_DELAY_MS);
