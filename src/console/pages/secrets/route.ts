import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../frame/root-route.tsx";

export const secretsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/secrets",
  component: lazyRouteComponent(() => import("./secrets-page.tsx"), "SecretsPage"),
});
