/** Durations in classes of a logarithmic scale: percentiles of any number of executions come from a few counts. */

const LEAST_MS = 0.02;
/** A percentile is at most 7 % off. */
const RATIO = 1.15;
/** Class 0 is for executions without a duration; the last class begins above a quarter of an hour. */
export const DURATION_CLASSES = 128;

/** The class of the SQL value `ms`. */
export const durationClassSql = (ms: string): string =>
  `CASE WHEN ${ms} IS NULL THEN 0 ELSE min(${DURATION_CLASSES - 1}, 1 + CAST(round(ln(max(${ms}, ${LEAST_MS}) / ${LEAST_MS}) / ln(${RATIO})) AS INTEGER)) END`;

export interface Percentiles {
  /** Executions with a duration. */
  readonly count: number;
  /** In milliseconds; null when there is none. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** `counts` has the number of executions of each class. */
export function percentilesOf(counts: Uint32Array): Percentiles {
  let count = 0;
  for (const many of counts.subarray(1)) count += many;
  const at = (share: number) => (count === 0 ? null : durationAt(counts, Math.ceil(count * share)));
  return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The duration of the execution at this place in order of duration, from 1. */
function durationAt(counts: Uint32Array, place: number): number {
  let passed = 0;
  const found = counts.findIndex((many, index) => {
    if (index > 0) passed += many;
    return index > 0 && passed >= place;
  });
  return Number((LEAST_MS * RATIO ** (found - 1)).toPrecision(3));
}
