/** The `event` every script is given. Body and payload are fetched and parsed only when a script asks for them. */
import { hostBody, hostExcerpt } from "./bridge.ts";
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

const { parse } = JSON;

/** What is known of an event so far. */
interface Reading {
  readonly contentType: string | undefined;
  readonly encoded: boolean;
  /** The host has to be asked whether the payload may be parsed here. */
  readonly isLarge: boolean;
  rawBody: string | undefined;
  payload: { readonly value: unknown } | undefined;
  truncated: boolean | undefined;
}

const NOTHING: Reading = {
  contentType: undefined,
  encoded: false,
  isLarge: false,
  rawBody: undefined,
  payload: undefined,
  truncated: undefined,
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
function assertCurrent(reading: Reading): void {
  if (reading !== current)
    throw new Error(
      "this event is of an earlier run, whose body is gone: keep what you need of an event, not the event",
    );
}

function bodyOf(reading: Reading, decoded: boolean): string {
  assertCurrent(reading);
  return hostBody(decoded);
}

function excerptOf(reading: Reading, wanted: boolean): string {
  assertCurrent(reading);
  return hostExcerpt(wanted);
}

function rawBodyOf(reading: Reading): string {
  reading.rawBody ??= bodyOf(reading, false);
  return reading.rawBody;
}

function payloadOf(reading: Reading): unknown {
  reading.payload ??= { value: readPayload(reading) };
  return reading.payload.value;
}

function readPayload(reading: Reading): unknown {
  const excerpt = reading.isLarge ? excerptOf(reading, true) : "";
  if (excerpt !== "") return parse(excerpt.slice(1));
  const body = reading.encoded ? bodyOf(reading, true) : rawBodyOf(reading);
  return parsePayload(body, reading.contentType);
}

function isTruncated(reading: Reading): boolean {
  reading.truncated ??= reading.isLarge && excerptOf(reading, false).startsWith("T");
  return reading.truncated;
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
  payloadTruncated: {
    get(this: object) {
      return isTruncated(WithReading.of(this));
    },
    enumerable: true,
  },
};

/** `isLarge`: the host may have an excerpt of the payload, which match scripts get instead of it. */
export function makeEvent(
  head: EventHead,
  rawBody?: string,
  isLarge = false,
): Record<string, unknown> & EventHead {
  const { encoded = false, idempotencyKey: _, ...visible } = head;
  const { contentType } = head;
  current = { contentType, encoded, isLarge, rawBody, payload: undefined, truncated: undefined };
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
