/** The HTTP API for people and tools, `/api/v1`. */
import { type RequestHandler, Router } from "express";
import type { Store } from "../store/store.ts";
import { authenticate } from "./authenticate.ts";
import type { Endpoint } from "./endpoint.ts";
import { type MessagesSurroundings, messageEndpoints } from "./messages.ts";
import { mount } from "./mount.ts";
import { refuseOtherMethods } from "./negotiation.ts";
import { descriptionEndpoints } from "./openapi/endpoints.ts";

export interface AdminSurroundings extends MessagesSurroundings {
  readonly store: Store;
  /** Where senders post to, for the description. */
  readonly basePaths: readonly string[];
}

export function adminRouter(around: AdminSurroundings): Router {
  const router = Router();
  const endpoints = apiEndpoints(around);
  const open = descriptionEndpoints(endpoints, around.basePaths);
  router.use(notKept);
  router.use(mount(open));
  router.use(authenticate(around.store.tokens));
  router.use(mount(endpoints));
  router.use(refuseOtherMethods([...open, ...endpoints]));
  return router;
}

/** All calls that ask for a token. */
const apiEndpoints = (around: AdminSurroundings): readonly Endpoint[] => [
  ...messageEndpoints(around),
];

/** What senders sent belongs into no cache. */
const notKept: RequestHandler = (_request, response, next) => {
  response.set("cache-control", "no-store");
  next();
};
