/** Retries while the database is locked or its disk is full: both are temporary, so a start waits for them. */
import Database from "better-sqlite3";
import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";

const RETRY_MS = 500;

export interface Waiting {
  readonly log: Logger;
  /** The pending operation, for the log. */
  readonly what: string;
  /** When aborted, its reason is thrown instead of another try. */
  readonly stopping: AbortSignal;
}

/** Runs `run` until the database accepts it. Errors that a retry cannot fix are thrown as they are. */
export async function waitForDatabase<T>(
  run: () => T | Promise<T>,
  { log, what, stopping }: Waiting,
): Promise<T> {
  for (;;) {
    stopping.throwIfAborted();
    try {
      return await run();
    } catch (err) {
      if (!isTransient(err)) throw err;
      log.error({ err }, `${what}; it is tried again`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** A database locked by another server is not waited for: the operator who starts a second server must learn of it. */
function isTransient(error: unknown): boolean {
  if (error instanceof HookyardError)
    return error.code === "database_busy" || error.code === "storage_unavailable";
  return isBusyOrFull(error);
}

export const isBusyOrFull = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED|FULL)/.test(error.code);
