import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { textSearch } from "../../components/text-search.ts";
import { rootRoute } from "../../frame/root-route.tsx";
import { FILTER_NAMES } from "./filter.ts";

/** The filter stands in the address, so that a link shows the same list. */
export const messagesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/messages",
  validateSearch: textSearch(...FILTER_NAMES),
  component: lazyRouteComponent(() => import("./messages-page.tsx"), "MessagesPage"),
});
