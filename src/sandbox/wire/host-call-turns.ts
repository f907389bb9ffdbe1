/**
 * Decides which host calls a child sends at once, and for which it first asks main for room. Until there is room, the
 * call stays in the child, and main only queues a few numbers.
 */

/** Length as JSON, in UTF-16 code units, up to which a call may be sent without asking. */
export const DIRECT_UNITS = 2048;
/** A run with fewer running calls sends a small one without asking. This is the default of `hostCallsAtOnce`. */
export const DIRECT_CALLS = 5;
/** Calls of one run that may wait for main's permission at once. */
export const MAX_REQUESTED = 5;
