/** What takes this long hangs, in milliseconds. On a machine with other work, less would measure the machine. */
export const HANG_MS = 30_000;
