import { createRoute } from "@tanstack/react-router";
import { rootRoute } from "../../frame/root-route.tsx";

/** The frame shows the sign-in page in place of any page while nobody is signed in. The banner's link leads here. */
export const signInRoute = createRoute({ getParentRoute: () => rootRoute, path: "/sign-in" });
