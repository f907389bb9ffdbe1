/** What the guest said about a message, made into the report main gets: positions in the scripts, and whose lines are whose. */
import type { ChildProvider, Fault, LogEntry, WireMatchReport } from "../protocol.ts";
import { makeFault } from "./fault.ts";
import type { Mask } from "./mask.ts";

/** A report as the guest posts it. */
export type Said = WireMatchReport;

export interface LogLine {
  /** Index of the provider whose script wrote it. */
  readonly provider: number;
  readonly entry: LogEntry;
}

/** `next` is about the provider that was asked after those of `before`. */
export const joinReports = (before: Said, next: Said): Said => ({
  ...next,
  trace: [...before.trace, ...next.trace],
});

export function placeReport(
  said: Said,
  { providers, mask }: { readonly providers: readonly ChildProvider[]; readonly mask: Mask },
  logs: readonly LogLine[],
): WireMatchReport {
  const isPlain = logs.length === 0 && said.trace.every(({ error }) => error === undefined);
  if (isPlain && said.verdict?.error === undefined) return said;
  const trace = said.trace.map((entry, index) => {
    const own = logs.filter(({ provider }) => provider === index).map(({ entry: line }) => line);
    return {
      ...placeError(entry, providers[index], mask),
      ...(own.length === 0 ? {} : { logs: own }),
    };
  });
  const { verdict } = said;
  const placed =
    verdict === undefined
      ? {}
      : { verdict: placeError(verdict, providers[trace.length - 1], mask) };
  return { ...said, trace, ...placed };
}

function placeError<T extends { error?: Fault | undefined }>(
  entry: T,
  provider: ChildProvider | undefined,
  mask: Mask,
): T {
  const { error } = entry;
  if (error === undefined || provider === undefined) return entry;
  const thrown = { ...error, stack: error.stack ?? "" };
  return { ...entry, error: makeFault(error.kind, thrown, provider, mask) };
}
