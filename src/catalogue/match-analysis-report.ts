/** Formats the result of a match analysis for people. */
import type { MatchAnalysis, Oddity } from "./match-analysis.ts";
import { textTable } from "./text-table.ts";

export function oddityLine({ name, method, uri, bodyBytes, providers, faults }: Oddity): string {
  const matched = providers.length === 0 ? "no provider" : providers.join(", ");
  const failed = faults.map(({ provider, message }) => `; ${provider} failed: ${message}`).join("");
  return `${name}  ${method} ${uri} (${bodyBytes} bytes): ${matched}${failed}`;
}

export function analysisTable(analysis: MatchAnalysis): string {
  const { requests, byNobody, byOne, bySeveral, providers } = analysis;
  const seen = providers.filter(({ gets, misses, faults }) => gets + misses + faults > 0);
  const rows = seen.map(({ provider, gets, misses, faults }) => [
    provider,
    `${gets}`,
    `${misses}`,
    `${faults}`,
  ]);
  const table = textTable([["provider", "gets", "matches, another gets", "failed"], ...rows]);
  const total = `${requests} requests: ${byOne} matched by one provider, ${bySeveral} by several, ${byNobody} by none`;
  return seen.length === 0 ? total : `${table}\n\n${total}`;
}
