import { createRoute } from "@tanstack/react-router";
import { rootRoute } from "../../frame/root-route.tsx";

/** Without a session, the frame shows the sign-in page in place of any page. The link of the banner leads here. */
export const signInRoute = createRoute({ getParentRoute: () => rootRoute, path: "/sign-in" });
