/**
 * Health checks for process supervisors: `/healthz` (the process runs) and `/readyz` (it can accept and run messages).
 */
import { type RequestHandler, Router } from "express";
import { HookyardError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { refuseOtherMethods } from "./negotiation.ts";

/** Each function returns why something is not possible now, or undefined. */
export interface Problems {
  /** Why scripts cannot run. */
  readonly sandbox: () => string | undefined;
  /** Why no messages are accepted: overload. */
  readonly overload: () => string | undefined;
}

export function healthRouter(store: Store, { sandbox, overload }: Problems): Router {
  const router = Router();
  const assertWritable = atMostEvery(WRITE_EVERY_MS, () => store.probe());
  router
    .route("/healthz")
    .get((_request, response) => void response.json({ status: "up" }))
    .all(refuseOtherMethods(["get"]));
  const isReady: RequestHandler = async (_request, response) => {
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
  };
  router
    .route("/readyz")
    .get(isReady)
    .all(refuseOtherMethods(["get"]));
  return router;
}

/** Reuse a write check for this long: any client may call `/readyz`, and each check costs an fsync. */
const WRITE_EVERY_MS = 2000;

/** Runs `run` once at a time, and returns its last result until `everyMs` after it ended. */
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
