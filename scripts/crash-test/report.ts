/** Formats the results as tables. */
import type { Violation } from "./check-deliveries.ts";
import type { Ledger } from "./ledger.ts";
import type { LifeReport } from "./life.ts";
import { MOMENT_NAMES } from "./moments.ts";
import { TROUBLE_NAMES } from "./troubles.ts";

const SHOWN = 50;

export interface Results {
  readonly lives: readonly LifeReport[];
  readonly ledger: Ledger;
  readonly effects: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly interrupted: number;
  readonly isSmallDisk: boolean;
}

const line = (name: string, value: number | string) =>
  `${name.padEnd(44)}${String(value).padStart(8)}`;

function countRows(results: Results): readonly (readonly [string, number | string])[] {
  const { lives, ledger } = results;
  const starts = lives.flatMap(({ readyMs }) => readyMs ?? []);
  const statuses = Map.groupBy(ledger.promises, ({ status }) => status);
  return [
    ["lives", lives.length],
    ["kills", lives.filter(({ killed }) => killed).length],
    ["starts that became ready", starts.length],
    ["longest start, ms", Math.round(Math.max(0, ...starts))],
    ["requests", ledger.requests],
    ...[...statuses].sort().map(([status, list]) => [`answered ${status}`, list.length] as const),
    ["refused with 503", ledger.refused],
    ["cut off without an answer", ledger.unanswered],
    ["sent twice on purpose", ledger.duplicates],
    ["messages stored", results.stored],
    ["of these duplicates", results.duplicates],
    ["runs interrupted by the end of their process", results.interrupted],
    ["effects of functions", results.effects],
  ];
}

export function table(results: Results): string {
  const { lives, isSmallDisk } = results;
  const kills = (moment: string) =>
    lives.filter((life) => life.killed && life.moment === moment).length;
  const troubles = lives.flatMap((life) => life.troubles);
  const disk = isSmallDisk ? "a file system with no space left" : "a limit on the size of files";
  return [
    ...countRows(results).map(([name, value]) => line(name, value)),
    "",
    "killed",
    ...MOMENT_NAMES.map((name) => line(`  ${name}`, kills(name))),
    "",
    `troubles (a full disk is ${disk})`,
    ...TROUBLE_NAMES.map((name) =>
      line(`  ${name}`, troubles.filter((trouble) => trouble === name).length),
    ),
  ].join("\n");
}

export function verdict(violations: readonly Violation[]): string {
  if (violations.length === 0) return "nothing was lost, nothing ran that should not have";
  const shown = violations.slice(0, SHOWN).map(({ subject, problem }) => `  ${subject} ${problem}`);
  const more = violations.length > SHOWN ? [`  and ${violations.length - SHOWN} more`] : [];
  return [`${violations.length} violations:`, ...shown, ...more].join("\n");
}
