/** How much longer than its `timeoutMs` a run may take because others held the thread of its process, in milliseconds. */
export const MAX_FORGIVEN_MS = 30_000;
