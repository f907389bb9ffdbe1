/** `start`: replaces this process by the server, so that signals and exit codes are the server's. */
import { fileURLToPath } from "node:url";

/**
 * Keep equal to `npm start`. Most garbage of requests is short-lived, so the young generation stays small and the old
 * one is collected rarely: a full collection stops every request for some 40 ms.
 */
export const FLAGS = [
  "--disable-warning=ExperimentalWarning",
  "--max-semi-space-size=16",
  "--heap-growing-percent=400",
];

export function start(): void {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  process.execve?.(process.execPath, [process.execPath, ...FLAGS, main]);
}
