/** The decision for a handshake: its checked answer, with a trace warning for each dropped header. */
import { checkAnswer, warningsOf } from "../../model/answer-headers.ts";
import type { Decision, Matched, TraceEntry } from "../../model/decision.ts";
import type { ScriptResponse } from "../../model/outcome.ts";

export function handshakeDecision(
  trace: readonly TraceEntry[],
  matched: Matched,
  answer: ScriptResponse,
): Decision {
  const checked = checkAnswer(answer);
  const warnings = warningsOf(checked, "handshake", Date.now());
  const entry = trace.at(-1);
  const isUnchanged = warnings.length === 0 || entry === undefined;
  const traceWithWarnings = isUnchanged
    ? trace
    : [...trace.slice(0, -1), { ...entry, logs: [...(entry.logs ?? []), ...warnings] }];
  return { kind: "handshake", trace: traceWithWarnings, ...matched, response: checked.response };
}
