import type { Outcome } from "../model/execution.ts";
import type { HeaderList } from "../model/message.ts";
import { headerMask } from "../model/sensitive-headers.ts";

/** What a run said, without values of sensitive headers. Its result and answer are shown only to who may see headers. */
export function maskOutcome(
  outcome: Outcome,
  headers: HeaderList,
  further: ReadonlySet<string>,
): Outcome {
  // Most runs say nothing.
  const isSilent = outcome.logs.length === 0 && outcome.message === undefined;
  if (isSilent && outcome.kind !== "failure" && outcome.kind !== "filtered") return outcome;
  const mask = headerMask(headers, further);
  const { logs, message } = outcome;
  const said = {
    logs: logs.map((line) => ({ ...line, text: mask(line.text) })),
    ...(message === undefined ? {} : { message: mask(message) }),
  };
  if (outcome.kind === "filtered") return { ...outcome, ...said, reason: mask(outcome.reason) };
  if (outcome.kind !== "failure") return { ...outcome, ...said };
  const { failure } = outcome;
  const stack = failure.stack === undefined ? {} : { stack: mask(failure.stack) };
  return { ...outcome, ...said, failure: { ...failure, message: mask(failure.message), ...stack } };
}
