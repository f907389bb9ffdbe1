/** What makes the figures worth less than they look. */
import { ms } from "./format.ts";
import type { Round } from "./rounds.ts";
import { median } from "./statistics.ts";

/** Below this share of a core the bare server was not what limited its rate. */
const BUSY = 0.85;
/** Cores; the kernel's own work is among them. */
const QUIET = 0.15;

/** Markdown lines; none when all was as it should be. */
export function warnings(rounds: readonly Round[]): readonly string[] {
  const others = Math.max(...rounds.map(({ othersCpu }) => othersCpu));
  const bareCpu = median(rounds.map((round) => round.bareCpu));
  return [
    ...(others > QUIET
      ? [`**Other processes used up to ${ms(others)} cores during a round: run it again.**`]
      : []),
    ...(bareCpu < BUSY
      ? [
          `**The bare server used ${ms(bareCpu)} of its core: something else was the limit, and the ratios are too high.**`,
        ]
      : []),
  ].flatMap((line) => ["", line]);
}
