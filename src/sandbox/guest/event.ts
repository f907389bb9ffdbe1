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
  rawBody: string | undefined;
  payload: { readonly value: unknown } | undefined;
}

const NOTHING: Reading = {
  contentType: undefined,
  encoded: false,
  rawBody: undefined,
  payload: undefined,
};

/** That of the event a script was last given. */
let current: Reading = { ...NOTHING };

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
      "this event is of an earlier run, whose body is gone: keep what you need of an event, not the event",
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
  return reading.payload.value;
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

export function makeEvent(head: EventHead, rawBody?: string): Record<string, unknown> & EventHead {
  const { encoded = false, idempotencyKey: _, ...visible } = head;
  const { contentType } = head;
  current = { contentType, encoded, rawBody, payload: undefined };
  // The key of a run is said through `ctx`, not by the event.
  const event = Object.defineProperties(visible, BODY);
  new WithReading(event, current);
  return event;
}

/** Lets go of the body and the payload of an event whose asking is over: a script may keep the event for long. */
export function forgetEvent(event: object): void {
  const reading = WithReading.of(event);
  reading.rawBody = undefined;
  reading.payload = undefined;
  if (reading === current) current = { ...NOTHING };
}
