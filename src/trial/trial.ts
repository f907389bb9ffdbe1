/**
 * Runs a script on a message before it goes live, in the same sandbox and with the same limits as a live run. Nothing
 * is stored.
 */

import type { Decision } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import { messageSegments } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { FunctionTrial, FunctionTried, RecordedCall } from "../model/trial.ts";
import { matchUri } from "../model/uri.ts";
import { type ExecuteDeps, execute } from "../pipeline/execute/execute.ts";
import { decide, type MatchDeps } from "../pipeline/match/decide.ts";
import { createRegistry } from "../registry/registry.ts";
import { readOnlySecretHeaders } from "../registry/secret-headers.ts";
import { createMask, type Mask } from "../sandbox/child/mask.ts";
import { CallRecorder } from "./call-recorder.ts";
import { performedEffects, recordedEffects, untilAborted } from "./recorded-effects.ts";

export type TrialDeps = MatchDeps & ExecuteDeps;

/**
 * Isolates trials from live runs. A trial writes no log: its findings are in its answer. Its match scripts run in
 * isolates of this one message, so that their variables never reach live messages, nor the reverse.
 */
export const isolated = (deps: TrialDeps): TrialDeps => ({
  ...deps,
  secretHeaders: readOnlySecretHeaders(deps.secretHeaders),
  log: deps.log.child({}, { level: "silent" }),
  freshIsolates: true,
});

/** The decision of this one provider about the message. */
export const tryProvider = (
  provider: Provider,
  message: Message,
  deps: TrialDeps,
): Promise<Decision> => {
  const registry = createRegistry([{ ...provider, active: true }], []);
  return decide(message, { ...isolated(deps), registry: () => registry });
};

/** Runs the first attempt of a function, with the properties of its provider. */
export async function tryFunction(
  { fn, provider, message, eventType, deliveryId, performs, canned, signal }: FunctionTrial,
  deps: TrialDeps,
): Promise<FunctionTried> {
  const providers = provider === undefined ? [] : [{ ...provider, active: true }];
  // Runs in an isolate of its own, like match scripts.
  const registry = createRegistry(providers, [{ ...fn, isolation: "fresh" }]);
  const recorder = new CallRecorder(maskOf(provider));
  const record = (call: RecordedCall) => recorder.add(call);
  const liveEffects = untilAborted(signal, { fetch: deps.fetch, kv: deps.kv(fn.name) });
  const effects = performs
    ? performedEffects(liveEffects, record)
    : recordedEffects(liveEffects, record, canned);
  const assignment = {
    message,
    function: fn.name,
    provider: fn.provider,
    eventType,
    deliveryId,
    params: matchUri(fn.uri, messageSegments(message)) ?? {},
    attempt: 1,
    interruptions: 0,
  };
  const trialDeps = {
    ...isolated(deps),
    registry: () => registry,
    fetch: effects.fetch,
    kv: () => effects.kv,
  };
  const { outcome } = await execute(assignment, trialDeps);
  return { outcome, calls: recorder.calls };
}

function maskOf(provider: Provider | undefined): Mask {
  const properties = provider?.properties ?? [];
  return createMask({
    properties: Object.fromEntries(properties.map(({ name, values }) => [name, values])),
    secrets: properties.filter(({ secret }) => secret).map(({ name }) => name),
  });
}
