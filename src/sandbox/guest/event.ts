/** The `event` every script is given. Body and payload are fetched and parsed only when a script asks for them. */
import { hostBody } from "./bridge.ts";
import { parsePayload } from "./payload.ts";

/** Everything of an event but its body, as main sends it. */
export interface EventHead {
  readonly id: string;
  readonly method: string;
  readonly contentType?: string;
  /** A Content-Encoding was decoded: the payload is parsed from that text, `rawBody` stays as received. */
  readonly encoded?: boolean;
  readonly headers: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly remoteAddress: string;
  readonly [key: string]: unknown;
}

/** The body of the event a script was last given. */
let currentRawBody: string | undefined;

/** Comparing a text with itself costs nothing, however long it is. */
export const isRawBody = (text: string): boolean => text === currentRawBody;

export function deepFreeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  // The keys of a long list as texts would take many times longer than parsing it.
  if (Array.isArray(value)) for (let at = 0; at < value.length; at++) deepFreeze(value[at]);
  else for (const key of Reflect.ownKeys(value)) deepFreeze(Reflect.get(value, key));
  return value;
}

/** `shared` events are seen by several scripts, so nothing in them can be changed. */
export function makeEvent(head: EventHead, shared: boolean): Record<string, unknown> & EventHead {
  let rawBody: string | undefined;
  currentRawBody = undefined;
  let payload: { value: unknown } | undefined;
  const readBody = () => {
    rawBody ??= hostBody(false);
    currentRawBody = rawBody;
    return rawBody;
  };
  const readPayload = () => {
    payload ??= {
      value: parsePayload(head.encoded === true ? hostBody(true) : readBody(), head.contentType),
    };
    return shared ? deepFreeze(payload.value) : payload.value;
  };
  // The key of a run is said through `ctx`, not by the event.
  const { encoded: _, idempotencyKey: __, ...visible } = head;
  const event = Object.defineProperties(visible, {
    rawBody: { get: readBody, enumerable: true },
    payload: { get: readPayload, enumerable: true },
  }) as unknown as Record<string, unknown> & EventHead;
  if (!shared) return event;
  deepFreeze(head.headers);
  deepFreeze(head["params"]);
  deepFreeze(head.query);
  return Object.freeze(event);
}
