/**
 * Skips the providers whose `when` the request does not meet. Only the head of the request is read, and no sandbox is
 * entered. The sandbox process checks whether the payload has the keys that a `when` names.
 */
import type { TraceEntry } from "../../model/decision.ts";
import type { Provider } from "../../model/definition.ts";
import type { Message } from "../../model/message.ts";
import { RequestHead } from "../../model/request-head.ts";
import { compileWhen, missingKeysReason, type WhenCheck } from "../../model/when.ts";
import type { Registry } from "../../registry/registry.ts";
import type { Candidate } from "../../sandbox/main/match-decider.ts";

/** The compiled conditions of a registry's providers, by index; undefined for a provider without `when`. */
const compiled = new WeakMap<Registry, readonly (WhenCheck | undefined)[]>();

export interface PassedOver {
  /** The providers whose scripts run, in order. */
  readonly candidates: readonly Candidate[];
  /** The reason for each skipped provider, by its index. */
  readonly reasons: ReadonlyMap<number, string>;
}

export function passOver(message: Message, registry: Registry): PassedOver {
  const head = new RequestHead(message, message.body.length);
  const candidates: Candidate[] = [];
  const reasons = new Map<number, string>();
  for (const [provider, check] of conditionsOf(registry).entries()) {
    const { reason, payloadKeys } = check?.(head) ?? {};
    if (reason !== undefined) reasons.set(provider, reason);
    else candidates.push(payloadKeys === undefined ? { provider } : { provider, payloadKeys });
  }
  return { candidates, reasons };
}

/** The reasons with the ones of candidates that the sandbox process skipped because the payload lacks keys. */
export function reasonsAfter(
  { candidates, reasons }: PassedOver,
  entries: readonly { readonly passedOver?: true | undefined }[],
): PassedOver["reasons"] {
  if (!entries.some(({ passedOver }) => passedOver)) return reasons;
  const all = new Map(reasons);
  // The report has one entry per candidate, in order.
  for (const [place, { passedOver }] of entries.entries()) {
    const { provider = -1, payloadKeys = [] } = candidates[place] ?? {};
    if (passedOver === true) all.set(provider, missingKeysReason(payloadKeys));
  }
  return all;
}

function conditionsOf(registry: Registry): readonly (WhenCheck | undefined)[] {
  const known = compiled.get(registry);
  if (known !== undefined) return known;
  const conditions = registry.providers.map(({ when }) =>
    when === undefined ? undefined : compileWhen(when),
  );
  compiled.set(registry, conditions);
  return conditions;
}

export const passedOverEntry = (
  { name: provider, script: { version } }: Provider,
  passedOver: string,
): TraceEntry => ({ provider, version, matched: false, durationMs: 0, passedOver });
