/** All pages and their addresses. */
import { createRoute, createRouter, redirect } from "@tanstack/react-router";
import { formatAddress, parseAddress } from "./components/text-search.ts";
import { rootRoute } from "./frame/root-route.tsx";
import { alertsRoute } from "./pages/alerts/route.ts";
import { auditRoute } from "./pages/audit/route.ts";
import { catalogueRoute } from "./pages/catalogue/route.ts";
import { doctorRoute } from "./pages/doctor/route.ts";
import { functionsRoute } from "./pages/functions/route.ts";
import { messageRoute } from "./pages/message/route.ts";
import { messagesRoute } from "./pages/messages/route.ts";
import { overviewRoute } from "./pages/overview/route.ts";
import { problemsRoute } from "./pages/problems/route.ts";
import { providersRoute } from "./pages/providers/route.ts";
import { secretsRoute } from "./pages/secrets/route.ts";
import { sessionsRoute } from "./pages/sessions/route.ts";
import { settingsRoute } from "./pages/settings/route.ts";
import { signInRoute } from "./pages/sign-in/route.ts";
import { tokensRoute } from "./pages/tokens/route.ts";

/** Messages are the home page. */
const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/messages", replace: true });
  },
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    homeRoute,
    signInRoute,
    messagesRoute,
    messageRoute,
    problemsRoute,
    overviewRoute,
    providersRoute,
    functionsRoute,
    catalogueRoute,
    secretsRoute,
    tokensRoute,
    sessionsRoute,
    auditRoute,
    alertsRoute,
    settingsRoute,
    doctorRoute,
  ]),
  parseSearch: parseAddress,
  stringifySearch: formatAddress,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
