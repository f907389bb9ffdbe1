/** Reports of children, each fault with the lines of the script it points at. */
import { type ScriptSources, withCodeFrame } from "./code-frame.ts";
import { explainMissingGlobal } from "./missing-global.ts";
import type { Fault, RunReport, WireMatchReport } from "./protocol.ts";

export function framedRun(report: RunReport, source: ScriptSources): RunReport {
  const { fault } = report;
  if (fault === undefined) return report;
  return { ...report, fault: withCodeFrame(explainMissingGlobal(fault, "function"), source) };
}

/** `sources` in the order in which the providers were asked. */
export function framedMatch(
  report: WireMatchReport,
  sources: readonly ScriptSources[],
): WireMatchReport {
  const hasFailed = report.trace.some(({ error }) => error !== undefined);
  if (!hasFailed && report.verdict?.error === undefined) return report;
  const frame = (error: Fault, index: number) =>
    withCodeFrame(explainMissingGlobal(error, "match"), sources[index]);
  const trace = report.trace.map((entry, index) =>
    entry.error === undefined ? entry : { ...entry, error: frame(entry.error, index) },
  );
  const { verdict } = report;
  if (verdict?.error === undefined) return { ...report, trace };
  return {
    ...report,
    trace,
    verdict: { ...verdict, error: frame(verdict.error, trace.length - 1) },
  };
}
