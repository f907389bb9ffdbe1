/** A database that is locked, or whose disk is full, is so for a time: what needs it at a start waits. */
import Database from "better-sqlite3";
import { HookyardError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";

const RETRY_MS = 500;

export interface Waiting {
  readonly log: Logger;
  /** What cannot be done yet, for the log. */
  readonly what: string;
  /** Throws its reason in place of trying again. */
  readonly stopping: AbortSignal;
}

/** Does it as soon as the database takes it. What is wrong for good is thrown as it is. */
export async function waitForDatabase<T>(
  run: () => T | Promise<T>,
  { log, what, stopping }: Waiting,
): Promise<T> {
  for (;;) {
    stopping.throwIfAborted();
    try {
      return await run();
    } catch (err) {
      if (!passes(err)) throw err;
      log.error({ err }, `${what}; it is tried again`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** A database that another server holds is not waited for: who starts a second one has to know. */
function passes(error: unknown): boolean {
  if (error instanceof HookyardError)
    return error.code === "database_busy" || error.code === "storage_unavailable";
  return isBusyOrFull(error);
}

export const isBusyOrFull = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED|FULL)/.test(error.code);
