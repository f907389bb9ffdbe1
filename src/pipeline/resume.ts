/** Resumes the work that the last process left unfinished. */

import type { Store } from "../store/store.ts";
import type { AdmitDeps } from "./intake/admit.ts";

const RESUME_RETRY_MS = 500;

export async function resume(intake: AdmitDeps, stopping: AbortSignal): Promise<void> {
  const { log } = intake;
  const { handedBack, undecided } = await resumeRows(intake, stopping);
  if (handedBack > 0 || undecided.length > 0) {
    log.info({ handedBack, undecided: undecided.length }, "resuming pending messages");
  }
  for (const id of undecided) intake.late.add(id, intake);
  intake.wake();
}

/** Retries: a full disk or a locked database at the start recovers without a restart. */
async function resumeRows(
  { store, log, now }: AdmitDeps,
  stopping: AbortSignal,
): ReturnType<Store["resume"]> {
  for (;;) {
    stopping.throwIfAborted();
    try {
      return await store.resume(now());
    } catch (err) {
      log.error({ err }, "pending messages cannot be resumed; trying again");
      await new Promise((resolve) => setTimeout(resolve, RESUME_RETRY_MS));
    }
  }
}
