/** What the last process did not get done. */
import { type AdmitSurroundings, decideLater } from "../ingress/admit.ts";
import type { Store } from "../store/store.ts";

const DECIDED_AT_ONCE = 8;
const RESUME_RETRY_MS = 500;

export async function resume(intake: AdmitSurroundings, stopping: AbortSignal): Promise<void> {
  const { store, log } = intake;
  const { handedBack, undecided } = await resumeRows(intake, stopping);
  if (handedBack > 0 || undecided.length > 0) {
    log.info({ handedBack, undecided: undecided.length }, "resuming what was pending");
  }
  // A few at a time: each brings its body along.
  const waiting = undecided.values();
  const decideInTurn = async () => {
    for (const id of waiting) await decideLater(store.message(id), intake);
  };
  for (let lane = 0; lane < DECIDED_AT_ONCE; lane++) void decideInTurn();
  intake.wake();
}

/** A disk that is full or a database that is locked at a start recovers by itself, so the start does too. */
async function resumeRows(
  { store, log, now }: AdmitSurroundings,
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
