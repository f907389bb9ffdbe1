/** Durations as people type them. */

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration such as `90d` with one of these units; undefined for any other text. */
export function amountMs(text: string, units: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = units.includes(unit) ? UNIT_MS[unit] : undefined;
  return unitMs === undefined ? undefined : Number(amount) * unitMs;
}
