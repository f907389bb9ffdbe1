/**
 * Which host calls a child sends at once, and which it asks main about first. A call that waits for room in main stays
 * in the child: what waits in main are a few numbers.
 */

/** Length as JSON, in UTF-16 code units, up to which a call may be sent without asking. */
export const DIRECT_UNITS = 2048;
/** A run with fewer calls under way sends a small one without asking. It is the default of `hostCallsAtOnce`. */
export const DIRECT_CALLS = 5;
/** Calls of one run that main has been asked about and has not let in yet. */
export const MAX_ASKED = 5;
