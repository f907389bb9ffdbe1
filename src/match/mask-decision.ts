import type { Decision, TraceEntry, Verification } from "../model/decision.ts";
import type { ScriptFailure } from "../model/execution.ts";
import type { HeaderList } from "../model/message.ts";
import { headerMask } from "../model/sensitive-headers.ts";

/** A decision without values of sensitive headers in what match scripts logged, said or threw. */
export function maskDecision(
  decision: Decision,
  headers: HeaderList,
  further: ReadonlySet<string>,
): Decision {
  const verification = decision.kind === "unmatched" ? undefined : decision.verification;
  // Most decisions say nothing.
  if (verification?.reason === undefined && !decision.trace.some(speaks)) return decision;
  const mask = headerMask(headers, further);
  const trace = decision.trace.map((entry) => maskEntry(entry, mask));
  if (decision.kind === "unmatched") return { ...decision, trace };
  return { ...decision, trace, verification: maskVerification(decision.verification, mask) };
}

type Mask = (text: string) => string;

const speaks = ({ warning, error, logs }: TraceEntry): boolean =>
  warning !== undefined || error !== undefined || logs !== undefined;

function maskEntry(entry: TraceEntry, mask: Mask): TraceEntry {
  const { warning, error, logs } = entry;
  return {
    ...entry,
    ...(warning === undefined ? {} : { warning: mask(warning) }),
    ...(error === undefined ? {} : { error: maskFailure(error, mask) }),
    ...(logs === undefined
      ? {}
      : { logs: logs.map((line) => ({ ...line, text: mask(line.text) })) }),
  };
}

function maskVerification(verification: Verification, mask: Mask): Verification {
  const { reason, error } = verification;
  return {
    ...verification,
    ...(reason === undefined ? {} : { reason: mask(reason) }),
    ...(error === undefined ? {} : { error: maskFailure(error, mask) }),
  };
}

const maskFailure = (failure: ScriptFailure, mask: Mask): ScriptFailure => ({
  ...failure,
  message: mask(failure.message),
  ...(failure.stack === undefined ? {} : { stack: mask(failure.stack) }),
});
