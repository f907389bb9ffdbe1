import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../frame/root-route.tsx";

export const providersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/providers",
  component: lazyRouteComponent(() => import("./providers-page.tsx"), "ProvidersPage"),
});
