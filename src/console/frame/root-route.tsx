/** The root of all pages: the sign-in page, or the frame with a page in it. */
import { createRootRoute } from "@tanstack/react-router";
import { EmptyState } from "../components/empty-state.tsx";
import { Problem } from "../components/problem.tsx";
import { Frame } from "./frame.tsx";

export const rootRoute = createRootRoute({
  component: Frame,
  notFoundComponent: () => (
    <EmptyState title="There is no such page">
      Choose one on the left, or press Ctrl-K and type its name.
    </EmptyState>
  ),
  errorComponent: ({ error }) => <Problem error={error} onRetry={() => location.reload()} />,
});
