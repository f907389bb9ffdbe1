/** A script on a message before it goes live: the same sandbox and limits as for real, and nothing is stored. */

import type { Decision } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import { messageSegments } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { FunctionTrial, FunctionTried, RecordedCall } from "../model/trial.ts";
import { matchUri } from "../model/uri.ts";
import { type ExecuteDeps, execute } from "../pipeline/execute/execute.ts";
import { decide, type MatchDeps } from "../pipeline/match/decide.ts";
import { createRegistry } from "../registry/registry.ts";
import { unlearning } from "../registry/secret-headers.ts";
import { createMask, type Mask } from "../sandbox/child/mask.ts";
import { CallNotes } from "./call-notes.ts";
import { endingWith, performedEffects, recordedEffects } from "./recorded-effects.ts";

export type TrialDeps = MatchDeps & ExecuteDeps;

/**
 * A trial is no event: what it finds is in its answer, and the log is for what happened. Match scripts are asked in
 * isolates of the one message: what they leave in variables must not reach live messages, nor the other way round.
 */
export const apart = (deps: TrialDeps): TrialDeps => ({
  ...deps,
  secretHeaders: unlearning(deps.secretHeaders),
  log: deps.log.child({}, { level: "silent" }),
  freshIsolates: true,
});

/** What the one provider says of the message. */
export const tryProvider = (
  provider: Provider,
  message: Message,
  deps: TrialDeps,
): Promise<Decision> => {
  const registry = createRegistry([{ ...provider, active: true }], []);
  return decide(message, { ...apart(deps), registry: () => registry });
};

/** Its first attempt, with the properties of its provider. */
export async function tryFunction(
  { fn, provider, message, eventType, deliveryId, performs, canned, signal }: FunctionTrial,
  deps: TrialDeps,
): Promise<FunctionTried> {
  const providers = provider === undefined ? [] : [{ ...provider, active: true }];
  // In an isolate of this one run, as for match scripts.
  const registry = createRegistry(providers, [{ ...fn, isolation: "fresh" }]);
  const notes = new CallNotes(maskOf(provider));
  const note = (call: RecordedCall) => notes.add(call);
  const real = endingWith(signal, { fetch: deps.fetch, kv: deps.kv(fn.name) });
  const effects = performs ? performedEffects(real, note) : recordedEffects(real, note, canned);
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
  const own = {
    ...apart(deps),
    registry: () => registry,
    fetch: effects.fetch,
    kv: () => effects.kv,
  };
  const { outcome } = await execute(assignment, own);
  return { outcome, calls: notes.calls };
}

function maskOf(provider: Provider | undefined): Mask {
  const properties = provider?.properties ?? [];
  return createMask({
    properties: Object.fromEntries(properties.map(({ name, values }) => [name, values])),
    secrets: properties.filter(({ secret }) => secret).map(({ name }) => name),
  });
}
