/** Processes the benchmark starts, and ends: each is held on a disposable stack. */
import type { ChildProcess } from "node:child_process";

const TERM_WITHIN_MS = 10_000;

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Asks the process to end and kills it when it does not. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), TERM_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

/** The next message on the IPC channel; rejects when the process ends first or takes too long. */
export function nextMessage(
  child: ChildProcess,
  what: string,
  withinMs: number,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = () => reject(new Error(`${what}: the process ended before it answered`));
  const timer = setTimeout(
    () => reject(new Error(`${what}: no answer within ${withinMs} ms`)),
    withinMs,
  );
  child.once("message", resolve).once("exit", onExit);
  return promise.finally(() => {
    clearTimeout(timer);
    child.off("message", resolve).off("exit", onExit);
  });
}
