/** The list of messages, live. */
import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { Icon } from "../../components/icon.tsx";
import { Page } from "../../components/page.tsx";
import { Problem } from "../../components/problem.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import type { Filter } from "./filter.ts";
import { changed, FilterBar } from "./filter-bar.tsx";
import { Histogram } from "./histogram.tsx";
import { MessageTable } from "./message-table.tsx";
import { SelectionBar } from "./selection.tsx";
import { useMessageList } from "./use-message-list.ts";

const route = getRouteApi("/messages");

export function MessagesPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const [isPaused, setPaused] = useState(false);
  const [isScrolled, setScrolled] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const may = useMay();
  const mayResubmit = may("messages:resubmit");
  const list = useMessageList(filter, isPaused || isScrolled || selected.size > 0);
  const change = (search: Filter) => void navigate({ search });
  useShortcuts([
    { key: "p", does: "Pause or go on with live messages", run: () => setPaused(!isPaused) },
  ]);
  return (
    <Page
      title="Messages"
      isFull
      actions={
        <>
          {mayResubmit ? (
            <SelectionBar
              selected={selected}
              filter={filter}
              onClear={() => setSelected(new Set())}
            />
          ) : null}
          <PauseButton isPaused={isPaused} onChange={setPaused} />
        </>
      }
    >
      <FilterBar filter={filter} onChange={change} />
      <Histogram
        filter={filter}
        onSpan={(from, to) => change(changed(filter, { from, to, last: null }))}
      />
      {list.error === null ? null : <Problem error={list.error} onRetry={list.retry} />}
      {list.items.length === 0 && !list.isLoading && !list.hasMore && list.error === null ? (
        <NoMessages isFiltered={Object.keys(filter).length > 0} />
      ) : (
        <MessageTable
          list={list}
          onScrolled={setScrolled}
          selected={selected}
          onSelected={mayResubmit ? setSelected : undefined}
        />
      )}
    </Page>
  );
}

const PauseButton = ({
  isPaused,
  onChange,
}: {
  readonly isPaused: boolean;
  readonly onChange: (isPaused: boolean) => void;
}) => (
  <Button
    variant="default"
    leftSection={<Icon name={isPaused ? "play" : "pause"} size={14} />}
    onClick={() => onChange(!isPaused)}
  >
    {isPaused ? "Go on" : "Pause"}
  </Button>
);

const NoMessages = ({ isFiltered }: { readonly isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No message fits">Remove a part of the filter, or widen its time.</EmptyState>
  ) : (
    <EmptyState title="No messages yet">
      Senders post to <code>{location.origin}/webhooks/v1/&lt;uri&gt;</code>. To see one arrive,
      send a sample: <code>npx hookyard send github --wait</code>.
    </EmptyState>
  );
