/** A wait in milliseconds after which a test counts as hung. A shorter one would fail on a busy machine. */
export const HANG_MS = 30_000;
