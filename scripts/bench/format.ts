/** Number formats of the report. */
import { median } from "./statistics.ts";

export const whole = (value: number) => Math.round(value).toLocaleString("en-US");
export const ms = (value: number) => value.toFixed(value < 100 ? 2 : 0);
export const mb = (bytes: number) => `${whole(bytes / 1e6)} MB`;

/** The median, with minimum and maximum. */
export function spread(values: readonly number[], format: (value: number) => string): string {
  const range =
    values.length > 1 ? ` (${format(Math.min(...values))}–${format(Math.max(...values))})` : "";
  return `${format(median(values))}${range}`;
}
