import { EmptyState } from "../../components/empty-state.tsx";
import { Page } from "../../components/page.tsx";

export const ProblemsPage = () => (
  <Page title="Problems">
    <EmptyState title="This page is not built yet">
      The command <code>hookyard</code> and the API can do it: see{" "}
      <a href="/api/v1/docs">the API</a>.
    </EmptyState>
  </Page>
);
