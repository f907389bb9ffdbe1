/** What the last process did not get done. */

import type { Store } from "../store/store.ts";
import type { AdmitDeps } from "./intake/admit.ts";

const RESUME_RETRY_MS = 500;

export async function resume(intake: AdmitDeps, stopping: AbortSignal): Promise<void> {
  const { log } = intake;
  const { handedBack, undecided } = await resumeRows(intake, stopping);
  if (handedBack > 0 || undecided.length > 0) {
    log.info({ handedBack, undecided: undecided.length }, "resuming what was pending");
  }
  for (const id of undecided) intake.late.add(id, intake);
  intake.wake();
}

/** A disk that is full or a database that is locked at a start recovers by itself, so the start does too. */
async function resumeRows(
  { store, log, now }: AdmitDeps,
  stopping: AbortSignal,
): ReturnType<Store["resume"]> {
  for (;;) {
    stopping.throwIfAborted();
    try {
      return await store.resume(now());
    } catch (err) {
      log.error({ err }, "what was pending cannot be resumed; it is tried again");
      await new Promise((resolve) => setTimeout(resolve, RESUME_RETRY_MS));
    }
  }
}
