/** The HTTP API for people and tools, `/api/v1`. */
import { type RequestHandler, Router } from "express";
import { listAudit } from "./audit.ts";
import { type AuthenticateDeps, authenticate } from "./authenticate.ts";
import { type BacktestDeps, backtestEndpoints } from "./backtests.ts";
import { definitionEndpoints } from "./definitions.ts";
import type { Endpoint } from "./endpoint.ts";
import { type MessagesDeps, messageEndpoints } from "./messages.ts";
import { mount } from "./mount.ts";
import { refuseOtherMethods } from "./negotiation.ts";
import { descriptionEndpoints } from "./openapi/endpoints.ts";
import { type PropertiesDeps, propertyEndpoints } from "./properties.ts";
import { orderProviders } from "./provider-order.ts";
import { type TestRunDeps, testRun } from "./test-runs.ts";
import { TokenWatch } from "./token-watch.ts";
import { tokenEndpoints } from "./tokens.ts";

export type AdminDeps = AuthenticateDeps &
  PropertiesDeps &
  MessagesDeps &
  TestRunDeps &
  BacktestDeps & {
    /** Base paths of senders, for the description. */
    readonly basePaths: readonly string[];
  };

/** Every call that needs a token. */
export const adminEndpoints = (deps: AdminDeps): readonly Endpoint[] => [
  ...messageEndpoints(deps),
  orderProviders(deps),
  ...definitionEndpoints("provider", deps),
  ...definitionEndpoints("function", deps),
  ...propertyEndpoints(deps),
  testRun(deps),
  ...backtestEndpoints(deps),
  ...tokenEndpoints(deps),
  listAudit(deps),
];

export function adminRouter(deps: AdminDeps): Router {
  const router = Router();
  const watch = new TokenWatch(deps);
  const endpoints = adminEndpoints(deps);
  const open = descriptionEndpoints(endpoints, deps.basePaths);
  router.use(noStore);
  router.use(mount(open, watch));
  router.use(authenticate(deps));
  router.use(mount(endpoints, watch));
  router.use(refuseOtherMethods([...open, ...endpoints]));
  return router;
}

/** Messages must not be cached. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set("cache-control", "no-store");
  next();
};
