/** Processes the benchmark starts, and ends: known from the moment they are there, so that an interrupt finds them. */
import type { ChildProcess } from "node:child_process";

/** Hookyard promises to be gone 10 s after it was asked. */
const TERM_WITHIN_MS = 11_000;

const running = new Set<ChildProcess>();

/** Whatever happens, the process does not outlive the benchmark. */
export function held<T extends ChildProcess>(child: T): T {
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

export async function endAllChildren(): Promise<void> {
  await Promise.all([...running].map(endChild));
}

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

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
export function nextMessage(child: ChildProcess, what: string, withinMs: number): Promise<unknown> {
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
