/** Resolves with the promise. If the signal aborts first, rejects with its reason, which is always an error. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const settled = () => signal.removeEventListener("abort", onAbort);
    promise.then(resolve, reject).then(settled, settled);
    if (signal.aborted) onAbort();
  });
}
