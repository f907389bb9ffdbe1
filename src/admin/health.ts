/** For whoever keeps the process alive: is it up, can it accept. */
import { Router } from "express";
import { HookyardError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** Each says why something cannot be done now; undefined when it can. */
export interface Problems {
  /** Running scripts. */
  readonly sandbox: () => string | undefined;
  /** Accepting messages, because there is too much already. */
  readonly overload: () => string | undefined;
}

export function healthRouter(store: Store, { sandbox, overload }: Problems): Router {
  const router = Router();
  const assertWritable = atMostEvery(WRITE_EVERY_MS, () => store.probe());
  router.get("/healthz", (_request, response) => void response.json({ status: "up" }));
  router.get("/readyz", async (_request, response) => {
    await assertWritable();
    const tooMuch = overload();
    if (tooMuch !== undefined)
      throw new HookyardError("overloaded", tooMuch, { retryAfterSeconds: 5 });
    if (sandbox() !== undefined) {
      throw new HookyardError(
        "sandbox_unusable",
        "no sandbox process can be started; the server's log says why",
        { retryAfterSeconds: 5 },
      );
    }
    response.json({ status: "ready" });
  });
  return router;
}

/** How old the last write may be that an answer goes by. Anybody may ask, and each write has its fsync. */
const WRITE_EVERY_MS = 2000;

/** One run at a time, and what it came to for as long as `everyMs` after its end. */
function atMostEvery(everyMs: number, run: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> | undefined;
  let isRunning = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (last !== undefined && (isRunning || performance.now() - endedAt < everyMs)) return last;
    isRunning = true;
    last = run().finally(() => {
      isRunning = false;
      endedAt = performance.now();
    });
    return last;
  };
}
