/** For whoever keeps the process alive: is it up, can it accept. */
import { Router } from "express";
import type { Store } from "../store/store.ts";

export function healthRouter(store: Store): Router {
  const router = Router();
  router.get("/healthz", (_request, response) => void response.json({ status: "up" }));
  router.get("/readyz", async (_request, response) => {
    await store.probe();
    response.json({ status: "ready" });
  });
  return router;
}
