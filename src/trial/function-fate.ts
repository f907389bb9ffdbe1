/** The outcome of a function on a past message without side effects, and how the outcome of a draft differs. */

import type { FunctionFate } from "../model/backtest.ts";
import type { Outcome } from "../model/outcome.ts";
import { type FunctionTried, OUTCOME_STATUSES, type RecordedCall } from "../model/trial.ts";
import { cutText } from "../sandbox/child/cut-text.ts";

/** Bytes of UTF-8: enough to recognise a text, and small enough for ten thousand of them. */
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

/** The differences between two runs: in their outcome, in their calls. */
export function runDifferences(before: FunctionTried, after: FunctionTried): readonly string[] {
  const ends = [before, after].map(({ outcome }) => JSON.stringify(endOf(outcome)));
  const calls = [before, after].map(({ calls }) =>
    JSON.stringify(calls.map((one) => [one.call, one.asked])),
  );
  return [...(ends[0] === ends[1] ? [] : ["outcome"]), ...(calls[0] === calls[1] ? [] : ["calls"])];
}

/** The outcome without the parts that differ in every run: times, logs and positions. */
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
