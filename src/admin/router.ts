/** The HTTP API for people and tools, `/api/v1`. */
import { Router } from "express";
import { listAudit } from "./audit.ts";
import { type AuthenticateSurroundings, authenticate } from "./authenticate.ts";
import { type BacktestSurroundings, backtestEndpoints } from "./backtests.ts";
import { definitionEndpoints } from "./definitions.ts";
import type { Endpoint } from "./endpoint.ts";
import { type MessagesSurroundings, messageEndpoints } from "./messages.ts";
import { mount } from "./mount.ts";
import { type PropertiesSurroundings, propertyEndpoints } from "./properties.ts";
import { orderProviders } from "./provider-order.ts";
import { type TestRunSurroundings, testRun } from "./test-runs.ts";
import { tokenEndpoints } from "./tokens.ts";

export type AdminSurroundings = AuthenticateSurroundings &
  PropertiesSurroundings &
  MessagesSurroundings &
  TestRunSurroundings &
  BacktestSurroundings;

/** Every call there is. */
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
  router.use(authenticate(around));
  router.use(mount(adminEndpoints(around)));
  return router;
}
