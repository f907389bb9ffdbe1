/** The result of a run of a function, and how it ended. */
import type { ScriptFailure } from "./failure-kind.ts";

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
