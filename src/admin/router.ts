/** The HTTP API for people and tools, `/api/v1`. */
import { type RequestHandler, Router } from "express";
import { listAudit } from "./audit.ts";
import { type AuthenticateSurroundings, authenticate } from "./authenticate.ts";
import { type BacktestSurroundings, backtestEndpoints } from "./backtests.ts";
import { definitionEndpoints } from "./definitions.ts";
import type { Endpoint } from "./endpoint.ts";
import { type MessagesSurroundings, messageEndpoints } from "./messages.ts";
import { mount } from "./mount.ts";
import { refuseOtherMethods } from "./negotiation.ts";
import { descriptionEndpoints } from "./openapi/endpoints.ts";
import { type PropertiesSurroundings, propertyEndpoints } from "./properties.ts";
import { orderProviders } from "./provider-order.ts";
import { type TestRunSurroundings, testRun } from "./test-runs.ts";
import { TokenWatch } from "./token-watch.ts";
import { tokenEndpoints } from "./tokens.ts";

export type AdminSurroundings = AuthenticateSurroundings &
  PropertiesSurroundings &
  MessagesSurroundings &
  TestRunSurroundings &
  BacktestSurroundings & {
    /** Where senders post to, for the description. */
    readonly basePaths: readonly string[];
  };

/** Every call there is that asks for a token. */
export const adminEndpoints = (around: AdminSurroundings): readonly Endpoint[] => [
  ...messageEndpoints(around),
  orderProviders(around),
  ...definitionEndpoints("provider", around),
  ...definitionEndpoints("function", around),
  ...propertyEndpoints(around),
  testRun(around),
  ...backtestEndpoints(around),
  ...tokenEndpoints(around),
  listAudit(around),
];

export function adminRouter(around: AdminSurroundings): Router {
  const router = Router();
  const watch = new TokenWatch(around);
  const endpoints = adminEndpoints(around);
  const open = descriptionEndpoints(endpoints, around.basePaths);
  router.use(notKept);
  router.use(mount(open, watch));
  router.use(authenticate(around));
  router.use(mount(endpoints, watch));
  router.use(refuseOtherMethods([...open, ...endpoints]));
  return router;
}

/** What senders sent belongs into no cache. */
const notKept: RequestHandler = (_request, response, next) => {
  response.set("cache-control", "no-store");
  next();
};
