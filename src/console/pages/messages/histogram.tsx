/** Messages by time and status. Drag over it to choose a span. */
import { useQuery } from "@tanstack/react-query";
import { type PointerEvent, useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { counted } from "../../components/amounts.ts";
import { TONES } from "../../components/status.tsx";
import { timeText } from "../../components/time.tsx";
import { apiQuery, type Filter, STATUSES } from "./filter.ts";
import classes from "./messages.module.css";

const EVERY_MS = 10_000;
/** Height in units of the picture. */
const HEIGHT = 100;

const read = (filter: Filter, signal: AbortSignal) =>
  answerOf(
    api.GET("/api/v1/messages/stats", {
      params: { query: { ...apiQuery(filter), by: "status" } },
      signal,
    }),
  );
type Stats = Awaited<ReturnType<typeof read>>;

export function Histogram({
  filter,
  onSpan,
}: {
  readonly filter: Filter;
  readonly onSpan: (from: string, to: string) => void;
}) {
  const { data } = useQuery({
    queryKey: ["message-stats", filter],
    queryFn: ({ signal }) => read(filter, signal),
    refetchInterval: EVERY_MS,
    placeholderData: (before) => before,
  });
  if (data === undefined || data.times.length === 0)
    return <div className={classes["histogram"]} />;
  return <Bars stats={data} onSpan={onSpan} />;
}

interface Brush {
  readonly first: number;
  readonly last: number;
}

function Bars({
  stats,
  onSpan,
}: {
  readonly stats: Stats;
  readonly onSpan: (from: string, to: string) => void;
}) {
  const [brush, setBrush] = useState<Brush>();
  const { times, counts } = stats;
  const most = Math.max(1, ...counts);
  const indexAt = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - left) / width) * times.length);
    return Math.min(Math.max(index, 0), times.length - 1);
  };
  const choose = () => {
    if (brush === undefined) return;
    const [first, last] = [Math.min(brush.first, brush.last), Math.max(brush.first, brush.last)];
    setBrush(undefined);
    onSpan(times[first] ?? stats.from, times[last + 1] ?? stats.to);
  };
  return (
    <figure className={classes["histogram"]} aria-label={summaryOf(stats)}>
      <svg
        viewBox={`0 0 ${times.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="presentation"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setBrush({ first: indexAt(event), last: indexAt(event) });
        }}
        onPointerMove={(event) => {
          if (brush !== undefined) setBrush({ ...brush, last: indexAt(event) });
        }}
        onPointerUp={choose}
        onPointerCancel={() => setBrush(undefined)}
      >
        {times.map((time, index) => (
          <Bar key={time} stats={stats} index={index} most={most} />
        ))}
        {brush === undefined ? null : (
          <rect
            x={Math.min(brush.first, brush.last)}
            width={Math.abs(brush.last - brush.first) + 1}
            height={HEIGHT}
            className={classes["brush"]}
          />
        )}
      </svg>
      <figcaption>
        <span>{timeText(stats.from)}</span>
        <span>{counted(stats.count, "message")}</span>
        <span>{timeText(stats.to)}</span>
      </figcaption>
    </figure>
  );
}

function Bar({
  stats,
  index,
  most,
}: {
  readonly stats: Stats;
  readonly index: number;
  readonly most: number;
}) {
  let y = HEIGHT;
  const parts = stackOf(stats).map(({ name, tone, counts }) => {
    const height = ((counts[index] ?? 0) / most) * HEIGHT;
    y -= height;
    return <rect key={name} x={index + 0.1} y={y} width={0.8} height={height} data-tone={tone} />;
  });
  return (
    <g>
      <title>{`${timeText(stats.times[index] ?? stats.from)}: ${counted(stats.counts[index] ?? 0, "message")}`}</title>
      <rect x={index} width={1} height={HEIGHT} className={classes["hit"]} />
      {parts}
    </g>
  );
}

/** Always in the same order, so that the colours do not change places. */
const stackOf = ({ series }: Stats) =>
  STATUSES.flatMap((status) =>
    series
      .filter(({ name }) => name === status)
      .map(({ counts }) => ({ name: status, tone: TONES[status], counts })),
  );

const summaryOf = ({ from, to, count, series }: Stats): string => {
  const parts = series.map(({ name, count: some }) => `${some} ${name ?? ""}`).join(", ");
  return `${counted(count, "message")} from ${timeText(from)} to ${timeText(to)}: ${parts}`;
};
