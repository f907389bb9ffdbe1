/** The HTTP API for people and tools, `/api/v1`. */
import { type RequestHandler, Router } from "express";
import { listAudit } from "./audit.ts";
import { authenticate } from "./authenticate.ts";
import { type BacktestDeps, backtestEndpoints } from "./backtests.ts";
import { type CredentialDeps, Credentials } from "./credentials.ts";
import { definitionEndpoints } from "./definitions.ts";
import type { Endpoint } from "./endpoint.ts";
import { type MessagesDeps, messageEndpoints } from "./messages.ts";
import { mount } from "./mount.ts";
import { descriptionEndpoints } from "./openapi/endpoints.ts";
import { problemEndpoints } from "./problems.ts";
import { type PropertiesDeps, propertyEndpoints } from "./properties.ts";
import { orderProviders } from "./provider-order.ts";
import { type OidcDeps, oidcEndpoints } from "./sessions/oidc/sign-in-oidc.ts";
import { sessionEndpoints } from "./sessions/sessions.ts";
import { signIn } from "./sessions/sign-in.ts";
import { type TestRunDeps, testRun } from "./test-runs.ts";
import { TokenWatch } from "./token-watch.ts";
import { tokenEndpoints } from "./tokens.ts";

export type AdminDeps = CredentialDeps &
  OidcDeps &
  PropertiesDeps &
  MessagesDeps &
  TestRunDeps &
  BacktestDeps & {
    /** Base paths of senders, for the description. */
    readonly basePaths: readonly string[];
  };

/** Every call that needs a token or a session. */
export const adminEndpoints = (deps: AdminDeps): readonly Endpoint[] => [
  ...messageEndpoints(deps),
  ...problemEndpoints(deps),
  orderProviders(deps),
  ...definitionEndpoints("provider", deps),
  ...definitionEndpoints("function", deps),
  ...propertyEndpoints(deps),
  testRun(deps),
  ...backtestEndpoints(deps),
  ...tokenEndpoints(deps),
  ...sessionEndpoints(deps),
  listAudit(deps),
];

export function adminRouter(given: Omit<AdminDeps, "credentials">): Router {
  const router = Router();
  const credentials = new Credentials(given);
  const deps: AdminDeps = { ...given, credentials };
  const watch = new TokenWatch(deps);
  const endpoints = [signIn(deps), ...oidcEndpoints(deps), ...adminEndpoints(deps)];
  const isOpen = ({ permission }: Endpoint) => permission === "public";
  const open = [...descriptionEndpoints(endpoints, deps.basePaths), ...endpoints.filter(isOpen)];
  const closed = endpoints.filter((one) => !isOpen(one));
  router.use(noStore);
  router.use(mount(open, watch, { after: closed }));
  router.use(authenticate(credentials, deps));
  router.use(mount(closed, watch, { before: open }));
  return router;
}

/** Messages must not be cached. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set("cache-control", "no-store");
  next();
};
