/** The decision that a message is a handshake: its answer as it may leave, with what was dropped of it in the trace. */
import { checkAnswer, warningsOf } from "../../model/answer-headers.ts";
import type { Decision, Matched, TraceEntry } from "../../model/decision.ts";
import type { ScriptResponse } from "../../model/execution.ts";

export function handshakeDecision(
  trace: readonly TraceEntry[],
  matched: Matched,
  answer: ScriptResponse,
): Decision {
  const checked = checkAnswer(answer);
  const warnings = warningsOf(checked, "handshake", Date.now());
  const entry = trace.at(-1);
  const isSilent = warnings.length === 0 || entry === undefined;
  const said = isSilent
    ? trace
    : [...trace.slice(0, -1), { ...entry, logs: [...(entry.logs ?? []), ...warnings] }];
  return { kind: "handshake", trace: said, ...matched, response: checked.response };
}
