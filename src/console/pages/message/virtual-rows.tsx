/** Rows of one height, of which only those in view are in the page. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";
import classes from "./message.module.css";

const MAX_HEIGHT_PX = 480;

export function VirtualRows({
  label,
  count,
  rowPx,
  render,
}: {
  readonly label: string;
  readonly count: number;
  readonly rowPx: number;
  readonly render: (index: number) => ReactNode;
}) {
  const scroller = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
  });
  const height = Math.min(MAX_HEIGHT_PX, Math.max(count, 1) * rowPx + 16);
  return (
    <section ref={scroller} aria-label={label} className={classes["rows"]} style={{ height }}>
      <div style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            className={classes["virtual"]}
            style={{ height: rowPx, transform: `translateY(${start}px)` }}
          >
            {render(index)}
          </div>
        ))}
      </div>
    </section>
  );
}
