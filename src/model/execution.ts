/** Executions: one function that must run on one message. Their states, and the outcomes of an attempt. */

export const EXECUTION_STATUSES = ["PENDING", "RUNNING", "SUCCESS", "FAILED", "FILTERED"] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/**
 * The lease of a claim. Its process extends it while the execution runs. After it expires, any process may claim the
 * execution, and the token of the old claim makes its result invalid.
 */
export const LEASE_MS = 60_000;
