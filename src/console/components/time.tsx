/** Times in the reader's zone, with the exact one on hover. */

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const SHORT_DATE = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Without the day if it is today. */
export function timeText(at: string, now = new Date()): string {
  const time = new Date(at);
  const clock = CLOCK.format(time);
  if (time.toDateString() === now.toDateString()) return clock;
  const day = time.getFullYear() === now.getFullYear() ? SHORT_DATE : DATE;
  return `${day.format(time)}, ${clock}`;
}

export const exactTimeText = (at: string): string =>
  `${DATE.format(new Date(at))}, ${CLOCK.format(new Date(at))} (${ZONE}) · ${at}`;

export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactTimeText(at)}>
      {timeText(at)}
    </time>
  );
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** "5 minutes ago", with the exact time on hover. It is as old as the last render. */
export function Ago({ at }: { readonly at: string }) {
  const ms = Date.parse(at) - Date.now();
  const [unit, size] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? UNITS[3];
  return (
    <time dateTime={at} title={exactTimeText(at)}>
      {RELATIVE.format(Math.round(ms / size), unit)}
    </time>
  );
}
