/**
 * Passes over the providers whose `when` the request does not meet. Only the head of the request is read, and no
 * sandbox is entered.
 */
import type { TraceEntry } from "../../model/decision.ts";
import type { Provider } from "../../model/definition.ts";
import type { Message } from "../../model/message.ts";
import { RequestHead } from "../../model/request-head.ts";
import { compileWhen, type WhenCheck } from "../../model/when.ts";
import type { Registry } from "../../registry/registry.ts";

/** The compiled conditions of a registry's providers, by index; undefined for a provider without `when`. */
const compiled = new WeakMap<Registry, readonly (WhenCheck | undefined)[]>();

export interface PassedOver {
  /** Indexes of the providers whose scripts run, in order. */
  readonly ask: readonly number[];
  /** The reason for each provider that is passed over, by its index. */
  readonly reasons: ReadonlyMap<number, string>;
}

export function passOver(message: Message, registry: Registry): PassedOver {
  const head = new RequestHead(message, message.body.length);
  const ask: number[] = [];
  const reasons = new Map<number, string>();
  for (const [index, check] of conditionsOf(registry).entries()) {
    const reason = check?.(head);
    if (reason === undefined) ask.push(index);
    else reasons.set(index, reason);
  }
  return { ask, reasons };
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
