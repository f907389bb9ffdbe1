/** The HTTP API for people and tools, `/api/v1`. */
import { Router } from "express";
import type { Store } from "../store/store.ts";
import { authenticate } from "./authenticate.ts";
import { type MessagesSurroundings, messageEndpoints } from "./messages.ts";
import { mount } from "./mount.ts";

export function adminRouter(around: MessagesSurroundings & { readonly store: Store }): Router {
  const router = Router();
  router.use(authenticate(around.store.tokens));
  router.use(mount(messageEndpoints(around)));
  return router;
}
