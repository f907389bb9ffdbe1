import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../frame/root-route.tsx";

export const functionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/functions",
  component: lazyRouteComponent(() => import("./functions-page.tsx"), "FunctionsPage"),
});
