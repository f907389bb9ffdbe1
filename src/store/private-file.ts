import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { HookyardError } from "../errors.ts";

/** Messages hold what senders keep secret: nobody else on the machine may read them. SQLite gives its other files the same mode. */
export function makePrivateFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    // biome-ignore lint/style/useErrorCause: the cause is there, in the third argument.
    throw new HookyardError(
      "database_unusable",
      `${path} cannot be written: ${why}. Set HOOKYARD_DATA_DIR to a folder that can.`,
      { cause },
    );
  }
}
