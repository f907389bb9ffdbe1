/** All pages and their addresses. */
import { createRoute, createRouter, redirect } from "@tanstack/react-router";
import { formatAddress, parseAddress } from "./components/text-search.ts";
import { rootRoute } from "./frame/root-route.tsx";
import { messageRoute } from "./pages/message/route.ts";
import { messagesRoute } from "./pages/messages/route.ts";
import { signInRoute } from "./pages/sign-in/route.ts";

/** Messages are the home page. */
const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/messages", replace: true });
  },
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([homeRoute, signInRoute, messagesRoute, messageRoute]),
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
