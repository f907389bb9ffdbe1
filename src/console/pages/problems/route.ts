import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../frame/root-route.tsx";

export const problemsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/problems",
  component: lazyRouteComponent(() => import("./problems-page.tsx"), "ProblemsPage"),
});
