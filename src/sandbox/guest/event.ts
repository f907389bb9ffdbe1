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

/** What is known of an event so far. */
interface Reading {
  readonly contentType: string | undefined;
  readonly encoded: boolean;
  readonly shared: boolean;
  rawBody: string | undefined;
  payload: { readonly value: unknown } | undefined;
}

/** That of the event a script was last given. */
let current: Reading = {
  contentType: undefined,
  encoded: false,
  shared: false,
  rawBody: undefined,
  payload: undefined,
};

/** Comparing a text with itself costs nothing, however long it is. */
export const isRawBody = (text: string): boolean => text === current.rawBody;

class Given {
  constructor(event: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that the event itself gets the private field below.
    return event;
  }
}

/** Ties a reading to its event by what no script can see or copy. */
class WithReading extends Given {
  readonly #reading: Reading;

  constructor(event: object, reading: Reading) {
    super(event);
    this.#reading = reading;
  }

  /** What only inherits from an event, or stands for one, is taken for the current one. */
  static of(event: object): Reading {
    return #reading in event ? event.#reading : current;
  }
}

/** The host has the body of the current message only: that of another would be told as if it were this one's. */
function bodyOf(reading: Reading, decoded: boolean): string {
  if (reading !== current)
    throw new Error(
      "this event is of an earlier run, in which its body was not read: keep what you need of an event, not the event",
    );
  return hostBody(decoded);
}

function rawBodyOf(reading: Reading): string {
  reading.rawBody ??= bodyOf(reading, false);
  return reading.rawBody;
}

function payloadOf(reading: Reading): unknown {
  reading.payload ??= {
    value: parsePayload(
      reading.encoded ? bodyOf(reading, true) : rawBodyOf(reading),
      reading.contentType,
    ),
  };
  return reading.shared ? deepFreeze(reading.payload.value) : reading.payload.value;
}

/**
 * The same for all events: V8 makes something slow of objects whose getters are their own. To be frozen before any
 * script runs, as scripts can get at the getters.
 */
export const BODY = {
  rawBody: {
    get(this: object) {
      return rawBodyOf(WithReading.of(this));
    },
    enumerable: true,
  },
  payload: {
    get(this: object) {
      return payloadOf(WithReading.of(this));
    },
    enumerable: true,
  },
};

/** Without recursion: what is nested deeply enough would be left half frozen, for the next script to find changed. */
export function deepFreeze(value: unknown): unknown {
  const left: object[] = [];
  const add = (one: unknown) => {
    if (typeof one === "object" && one !== null && !Object.isFrozen(one)) left.push(one);
  };
  add(value);
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    Object.freeze(one);
    // The keys of a long list as texts would take many times longer than parsing it.
    if (Array.isArray(one)) for (let at = 0; at < one.length; at++) add(one[at]);
    else for (const key of Reflect.ownKeys(one)) add(Reflect.get(one, key));
  }
  return value;
}

/** `shared` events are seen by several scripts, so nothing in them can be changed. */
export function makeEvent(
  head: EventHead,
  shared: boolean,
  rawBody?: string,
): Record<string, unknown> & EventHead {
  const { encoded = false, idempotencyKey: _, ...visible } = head;
  const { contentType } = head;
  current = { contentType, encoded, shared, rawBody, payload: undefined };
  // The key of a run is said through `ctx`, not by the event.
  const event = Object.defineProperties(visible, BODY);
  new WithReading(event, current);
  if (!shared) return event;
  Object.freeze(head.headers);
  deepFreeze(head["params"]);
  deepFreeze(head.query);
  return Object.freeze(event);
}
