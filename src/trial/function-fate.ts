/** What a function makes of a past message, with nothing done, and whether a draft of it makes something else. */

import type { FunctionFate } from "../model/backtest.ts";
import type { Outcome } from "../model/execution.ts";
import { type FunctionTried, OUTCOME_STATUSES, type RecordedCall } from "../model/trial.ts";
import { cutText } from "../sandbox/child/cut-text.ts";

/** Bytes of UTF-8: enough to see what it is about, and ten thousand of them still fit. */
const MAX_SHOWN = 300;
const MAX_CALLS_SHOWN = 10;

export function functionFate(name: string, { outcome, calls }: FunctionTried): FunctionFate {
  const { kind: _, ...end } = endOf(outcome);
  return {
    name,
    outcome: OUTCOME_STATUSES[outcome.kind],
    ...Object.fromEntries(Object.entries(end).map(([key, text]) => [key, cut(text)])),
    calls: calls.slice(0, MAX_CALLS_SHOWN).map(callLine),
  };
}

/** What differs between two runs: how they ended, what they asked for. */
export function runDifferences(then: FunctionTried, now: FunctionTried): readonly string[] {
  const ends = [then, now].map(({ outcome }) => JSON.stringify(endOf(outcome)));
  const asked = [then, now].map(({ calls }) =>
    JSON.stringify(calls.map((one) => [one.call, one.asked])),
  );
  return [...(ends[0] === ends[1] ? [] : ["outcome"]), ...(asked[0] === asked[1] ? [] : ["calls"])];
}

/** Without what differs from run to run by nature: times, logs, positions. */
function endOf(
  outcome: Outcome,
): { readonly kind: Outcome["kind"] } & Readonly<Record<string, string>> {
  const { kind } = outcome;
  switch (kind) {
    case "success":
      return { kind, result: outcome.result ?? "null" };
    case "filtered":
      return { kind, result: outcome.reason };
    case "failure": {
      const { failure } = outcome;
      return { kind, error: `${failure.kind} ${failure.name}: ${failure.message}` };
    }
    case "interrupted":
      return { kind };
  }
}

function callLine({ call, asked }: RecordedCall): string {
  const { method, url, key } = asked;
  return cut(call === "http.fetch" ? `${method} ${url}` : `${call} ${key}`);
}

const cut = (text: string) => {
  const shown = cutText(text, MAX_SHOWN);
  return shown === text ? text : `${shown}…`;
};
