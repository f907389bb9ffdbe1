/** `start`: this process becomes the server's, so that signals and exit codes are the server's own. */
import { fileURLToPath } from "node:url";

/**
 * As in `npm start`. Garbage of requests is short-lived: little room for it, and the rest of the heap looked through
 * seldom, since that holds up every request for some 40 ms.
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
