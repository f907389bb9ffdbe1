import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { textSearch } from "../../components/text-search.ts";
import { rootRoute } from "../../frame/root-route.tsx";

export const messageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/messages/$id",
  validateSearch: textSearch("body"),
  component: lazyRouteComponent(() => import("./message-page.tsx"), "MessagePage"),
});
