/** The rows of the list. Only those in view are in the page, so that any number can be loaded. */
import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { counted } from "../../components/amounts.ts";
import { useShortcuts } from "../../components/shortcuts.ts";
import { MessageRow } from "./message-row.tsx";
import classes from "./messages.module.css";
import type { MessageList } from "./use-message-list.ts";

const COLUMNS = ["Time", "Status", "Provider", "Event", "URI", "Message"];
const ROW_PX = 32;
/** On a phone a row has two lines. */
const NARROW_ROW_PX = 60;
const LOAD_BEFORE_ROWS = 40;

export function MessageTable({
  list,
  onScrolled,
  selected,
  onSelected,
}: {
  readonly list: MessageList;
  readonly onScrolled: (isScrolled: boolean) => void;
  readonly selected: ReadonlySet<string>;
  /** Undefined: the session may do nothing with a selection. */
  readonly onSelected: ((selected: ReadonlySet<string>) => void) | undefined;
}) {
  const { items, hasMore, loadMore, waiting } = list;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const rowPx = isNarrow ? NARROW_ROW_PX : ROW_PX;
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 10,
  });
  const shown = rows.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastShown >= items.length - LOAD_BEFORE_ROWS) loadMore();
  }, [hasMore, lastShown, items.length, loadMore]);
  const toggle = (id: string) => onSelected?.(toggled(selected, id));
  const current = useCurrentRow(items, { scrollTo: (index) => rows.scrollToIndex(index), toggle });
  const toTop = () => {
    list.showWaiting();
    scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <div className={classes["list"]}>
      {waiting === 0 ? null : (
        <Button className={classes["waiting"] ?? ""} onClick={toTop}>
          Show {counted(waiting, "new message")}
        </Button>
      )}
      <section
        ref={scroller}
        className={classes["scroller"]}
        onScroll={(event) => onScrolled(event.currentTarget.scrollTop > ROW_PX)}
        aria-label="Messages"
      >
        <table className={classes["table"]} aria-rowcount={hasMore ? -1 : items.length + 1}>
          <thead className={classes["head"]}>
            <tr className={classes["row"]}>
              <th>
                <span className={classes["hidden"]}>Selected</span>
              </th>
              {COLUMNS.map((name) => (
                <th key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody style={{ height: rows.getTotalSize() }}>
            {shown.map(({ index, start, key }) => {
              const message = items[index];
              return message === undefined ? null : (
                <MessageRow
                  key={key}
                  message={message}
                  place={{ index, start, height: rowPx }}
                  isCurrent={message.id === current}
                  isSelected={selected.has(message.id)}
                  onToggle={onSelected === undefined ? undefined : toggle}
                />
              );
            })}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function toggled(selected: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** The id of the row that the keys `j` and `k` are at. */
function useCurrentRow(
  items: MessageList["items"],
  {
    scrollTo,
    toggle,
  }: {
    readonly scrollTo: (index: number) => void;
    readonly toggle: (id: string) => void;
  },
): string | undefined {
  const [current, setCurrent] = useState<string>();
  const navigate = useNavigate();
  const move = (by: number) => {
    const index = items.findIndex(({ id }) => id === current);
    const next = Math.min(Math.max(index + by, 0), items.length - 1);
    scrollTo(next);
    setCurrent(items[next]?.id);
  };
  useShortcuts([
    { key: "j", does: "Next message", run: () => move(1) },
    { key: "k", does: "Previous message", run: () => move(-1) },
    {
      key: "x",
      does: "Select the message",
      run: () => {
        if (current !== undefined) toggle(current);
      },
    },
    {
      key: "Enter",
      does: "Open the message",
      run: () => {
        if (current !== undefined) void navigate({ to: "/messages/$id", params: { id: current } });
      },
    },
  ]);
  return current;
}
