/** Which providers a message is asked about: the head of the request alone decides, and no sandbox is entered. */
import type { TraceEntry } from "../../model/decision.ts";
import type { Provider } from "../../model/definition.ts";
import type { Message } from "../../model/message.ts";
import { RequestHead } from "../../model/request-head.ts";
import { compileWhen, type Unmet } from "../../model/when.ts";
import type { Registry } from "../../registry/registry.ts";

/** The conditions of a registry's providers, by their place; undefined for one that is always asked. */
const compiled = new WeakMap<Registry, readonly (Unmet | undefined)[]>();

export interface PassedOver {
  /** Places of the providers whose scripts are to be asked, in order. */
  readonly ask: readonly number[];
  /** By the place of each provider that is passed over: why. */
  readonly reasons: ReadonlyMap<number, string>;
}

export function passOver(message: Message, registry: Registry): PassedOver {
  const head = new RequestHead(message, message.body.length);
  const ask: number[] = [];
  const reasons = new Map<number, string>();
  for (const [place, unmet] of conditionsOf(registry).entries()) {
    const reason = unmet?.(head);
    if (reason === undefined) ask.push(place);
    else reasons.set(place, reason);
  }
  return { ask, reasons };
}

function conditionsOf(registry: Registry): readonly (Unmet | undefined)[] {
  const known = compiled.get(registry);
  if (known !== undefined) return known;
  const made = registry.providers.map(({ when }) =>
    when === undefined ? undefined : compileWhen(when),
  );
  compiled.set(registry, made);
  return made;
}

export const passedOverEntry = (
  { name: provider, script: { version } }: Provider,
  passedOver: string,
): TraceEntry => ({ provider, version, matched: false, durationMs: 0, passedOver });
