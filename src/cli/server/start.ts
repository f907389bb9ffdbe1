/** `start`: this process becomes the server's, so that signals and exit codes are the server's own. */
import { fileURLToPath } from "node:url";

export function start(): void {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  process.execve?.(process.execPath, [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    main,
  ]);
}
