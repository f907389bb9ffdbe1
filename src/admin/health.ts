/** For whoever keeps the process alive: is it up, can it accept. */
import { Router } from "express";
import { HookyardError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** `sandboxProblem` says why scripts cannot be run now; undefined when they can. */
export function healthRouter(store: Store, sandboxProblem: () => string | undefined): Router {
  const router = Router();
  router.get("/healthz", (_request, response) => void response.json({ status: "up" }));
  router.get("/readyz", async (_request, response) => {
    await store.probe();
    if (sandboxProblem() !== undefined) {
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
