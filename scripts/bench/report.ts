/** Formats the figures as Markdown. */

import { mb, ms, spread, whole } from "./format.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./process-tree.ts";
import type { RoundTrip, RoundTrips } from "./round-trip.ts";
import { CONNECTIONS, type Round } from "./rounds.ts";
import { median } from "./statistics.ts";
import { warnings } from "./warnings.ts";

export interface Figures {
  readonly machine: Machine;
  readonly bodyBytes: number;
  readonly rounds: readonly Round[];
  readonly syncPerSecond: number;
  readonly roundTrip: RoundTrips;
  readonly readyMs: readonly number[];
  readonly idle: Memory;
  readonly afterLoad: Memory;
}

const memory = ({ rssBytes, pssBytes, processes }: Memory) =>
  `${mb(rssBytes)}; shared pages counted once ${mb(pssBytes)}; ${processes} processes`;

type Row = readonly [what: string, value: string, ratio: string, target: string];

export function report(figures: Figures): string {
  const rows = [...rateRows(figures), ...otherRows(figures)];
  const { machine, bodyBytes, rounds } = figures;
  return [
    `- Machine: ${machine.hardware}`,
    `- Versions: ${machine.versions}`,
    `- Data directory: ${machine.storage}`,
    `- Date: ${machine.date} UTC`,
    `- Load: GitHub push of ${bodyBytes} bytes, signed, ${CONNECTIONS} connections, load generator on the same machine; medians of ${rounds.length} rounds that take turns (least–most)`,
    "",
    "| | value | ratio to bare Express | target |",
    "|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    ...warnings(rounds),
    "",
  ].join("\n");
}

function rateRows({ rounds }: Figures): readonly Row[] {
  const base = median(rounds.map(({ bare }) => bare));
  const rate = (what: string, rates: readonly number[], target: string): Row => [
    what,
    `${spread(rates, whole)} /s`,
    (median(rates) / base).toFixed(3),
    target,
  ];
  return [
    rate(
      "bare Express handler",
      rounds.map(({ bare }) => bare),
      "",
    ),
    rate(
      "accepted, no function owed",
      rounds.map(({ accepted }) => accepted),
      "≥ 0.5",
    ),
    rate(
      "accepted while functions run",
      rounds.map((round) => round.acceptedWithFunctions),
      "",
    ),
    rate(
      "fully processed",
      rounds.map(({ processed }) => processed),
      "≥ 0.35",
    ),
  ];
}

function otherRows(figures: Figures): readonly Row[] {
  const { rounds, roundTrip, syncPerSecond, readyMs, idle, afterLoad } = figures;
  const { bare } = roundTrip;
  const trip = (how: "async" | "sync", key: keyof RoundTrip, target: string): Row => [
    `${how === "sync" ? "synchronous" : "asynchronous"} answer at ${whole(syncPerSecond)} /s, ${key}`,
    `${ms(roundTrip[how][key])} ms (bare Express ${ms(bare[key])} ms)`,
    (roundTrip[how][key] / bare[key]).toFixed(1),
    target,
  ];
  const cpu = (what: string, values: readonly number[]): Row => [
    `CPU per message fully processed, ${what}`,
    `${spread(values, ms)} ms`,
    "",
    "",
  ];
  return [
    trip("async", "p50", ""),
    trip("async", "p99", ""),
    trip("sync", "p50", ""),
    trip("sync", "p99", "≤ 10 ms"),
    cpu(
      "main",
      rounds.map(({ mainCpuMs }) => mainCpuMs),
    ),
    cpu(
      "sandbox children",
      rounds.map(({ sandboxCpuMs }) => sandboxCpuMs),
    ),
    [
      "CPU of the bare server",
      `${spread(
        rounds.map(({ bareCpu }) => bareCpu),
        ms,
      )} cores`,
      "",
      "",
    ],
    [
      "CPU of other processes",
      `${spread(
        rounds.map((round) => round.othersCpu),
        ms,
      )} cores`,
      "",
      "",
    ],
    ["start to ready", `${spread(readyMs, ms)} ms`, "", "≤ 1000 ms"],
    ["resident idle, children included", memory(idle), "", "≤ 150 MB"],
    ["resident after the load", memory(afterLoad), "", ""],
  ];
}
