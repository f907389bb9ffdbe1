/** Adds code frames to the faults in reports of children. */
import { type ScriptSources, withCodeFrame } from "../script/code-frame.ts";
import { explainMissingGlobal } from "../script/missing-global.ts";
import type { Fault, MatchReport, RunReport } from "../wire/protocol.ts";
import type { ProviderSet } from "./loadable.ts";

export function framedRun(report: RunReport, source: ScriptSources): RunReport {
  const { fault } = report;
  if (fault === undefined) return report;
  return { ...report, fault: withCodeFrame(explainMissingGlobal(fault, "function"), source) };
}

export function framedMatch(report: MatchReport, set: ProviderSet): MatchReport {
  const { entries, verdict } = report;
  const hasFailed = entries.some(({ error }) => error !== undefined);
  if (!hasFailed && verdict?.error === undefined) return report;
  const frame = (error: Fault, provider: number) =>
    withCodeFrame(explainMissingGlobal(error, "match"), set[provider]?.source);
  const framed = entries.map((entry) =>
    entry.error === undefined ? entry : { ...entry, error: frame(entry.error, entry.provider) },
  );
  const last = entries.at(-1);
  if (verdict?.error === undefined || last === undefined) return { ...report, entries: framed };
  return {
    ...report,
    entries: framed,
    verdict: { ...verdict, error: frame(verdict.error, last.provider) },
  };
}
