/** Processes started by the benchmark. Each is registered at once, so that an interrupt can end it. */
import type { ChildProcess } from "node:child_process";

/** Hookyard ends within 10 s of SIGTERM. */
const TERM_WITHIN_MS = 11_000;

const running = new Set<ChildProcess>();

/** Registers a child, so that it never outlives the benchmark. */
export function registered<T extends ChildProcess>(child: T): T {
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

/** Sends SIGTERM, and SIGKILL if the process does not end in time. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), TERM_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

/** The next message on the IPC channel. Rejects when the process ends first or the time is over. */
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
