/** Formats the results of a selftest as a table. */

import type { Score, SelftestResult } from "./selftest.ts";
import { textTable } from "./text-table.ts";

const score = ({ right, of }: Score) => (of === 0 ? "-" : `${right}/${of}`);

const COLUMNS: readonly (readonly [string, (result: SelftestResult) => string])[] = [
  ["provider", ({ provider }) => provider],
  ["samples", ({ samples }) => score(samples)],
  ["matched", ({ matched }) => score(matched)],
  ["verified", ({ verified }) => score(verified)],
  ["forged refused", ({ refused }) => score(refused)],
  ["varied accepted", ({ accepted }) => score(accepted)],
  ["handshakes", ({ handshakes }) => score(handshakes)],
  ["also matched by", ({ rivals }) => rivals.join(", ") || "-"],
  ["proved by", ({ evidence }) => evidence],
];

/** A provider without samples passes, but nothing of it was tested. */
function untested(results: readonly SelftestResult[]): string {
  const names = results.filter(({ samples }) => samples.of === 0).map(({ provider }) => provider);
  if (names.length === 0) return "";
  return `\nNot tested, as they have no samples/*.json: ${names.join(", ")}`;
}

export function selftestTable(results: readonly SelftestResult[]): string {
  const rows = results.map((result) => COLUMNS.map(([, cell]) => cell(result)));
  const table = textTable([COLUMNS.map(([name]) => name), ...rows]);
  const complaints = results.flatMap((result) => result.complaints);
  const judged = results.map(
    ({ samples, refused, accepted }) => samples.of + refused.of + accepted.of,
  );
  const total = judged.reduce((sum, count) => sum + count, 0);
  const verdict =
    complaints.length === 0
      ? `${results.length} providers, ${total} requests, all as expected${untested(results)}`
      : [`${complaints.length} complaints:`, ...complaints].join("\n  ");
  return `${table}\n\n${verdict}\n`;
}
