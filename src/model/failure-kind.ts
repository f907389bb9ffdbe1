/** The kinds of failure of a script, and a failure with its position. */

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
export interface ScriptFailure extends ScriptError {
  readonly kind: FailureKind;
  /** Its `cause`, the errors of an `AggregateError`, and theirs in turn; absent if there are none. */
  readonly causes?: readonly ScriptError[];
}

/** Further causes of an error are dropped. */
export const MAX_CAUSES = 8;

/** The text and position of an error. */
export interface ScriptError {
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
