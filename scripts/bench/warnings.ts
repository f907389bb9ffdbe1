/** Warnings about conditions that distort the figures. */
import { ms } from "./format.ts";
import type { Round } from "./rounds.ts";
import { median } from "./statistics.ts";

/** Below this share of a core the bare server did not limit its own rate. */
const BUSY = 0.85;
/** In cores, kernel work included. */
const QUIET = 0.15;

/** Markdown lines; empty without warnings. */
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
