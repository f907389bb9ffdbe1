/** How much the deadline of a run is extended at most because other runs held the thread, in milliseconds. */
export const MAX_EXTENSION_MS = 30_000;
