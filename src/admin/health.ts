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
  router.get("/healthz", (_request, response) => void response.json({ status: "up" }));
  router.get("/readyz", async (_request, response) => {
    await store.probe();
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
