/** The `event` that scripts get. Body and payload are fetched and parsed only when a script reads them. */
import { parseJson as parsePlain } from "../../model/parse-json.ts";
import { EXCERPT, SOURCES, unpackParts } from "../wire/form-parts.ts";
import { hostBody, hostFile, hostPayload } from "./bridge.ts";
import { parseJson } from "./exact-numbers.ts";
import { parsePayload } from "./payload.ts";
import { mayNeedHost, textMayNeedHost } from "./payload-encoding.ts";
import { payloadOfParts } from "./uploaded-file.ts";

/** An event without its body, as main sends it. */
export interface EventHead {
  readonly id: string;
  readonly method: string;
  readonly contentType?: string;
  /** A Content-Encoding was decoded: the payload is parsed from the decoded text, while `rawBody` stays as received. */
  readonly encoded?: boolean;
  readonly headers: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly remoteAddress: string;
  readonly [key: string]: unknown;
}

/** The keys of the query are the sender's. */
export const readHead = (json: string): EventHead => parsePlain(json) as EventHead;

/** The parts of an event that were read so far. */
interface EventContent {
  readonly contentType: string | undefined;
  readonly encoded: boolean;
  /** The payload may be an excerpt, which the host makes. */
  readonly isLarge: boolean;
  rawBody: string | undefined;
  payload: { readonly value: unknown } | undefined;
  truncated: boolean | undefined;
}

const NO_EVENT: EventContent = {
  contentType: undefined,
  encoded: false,
  isLarge: false,
  rawBody: undefined,
  payload: undefined,
  truncated: undefined,
};

/** The content of the current event. */
let current: EventContent = { ...NO_EVENT };

/** Comparing a text with itself takes no time, however long it is. */
export const isRawBody = (text: string): boolean => text === current.rawBody;

class ReturnOverride {
  constructor(event: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that the event itself gets the private field below.
    return event;
  }
}

/** Ties the content to its event with a private field, which scripts can neither see nor copy. */
class WithContent extends ReturnOverride {
  readonly #content: EventContent;

  constructor(event: object, content: EventContent) {
    super(event);
    this.#content = content;
  }

  /** An object that inherits from an event, or a proxy of one, counts as the current event. */
  static of(event: object): EventContent {
    return #content in event ? event.#content : current;
  }
}

/** The host has only the body of the current message; for an older event it would return the wrong one. */
function assertCurrent(content: EventContent): void {
  if (content !== current)
    throw new Error(
      "this event is of an earlier run, whose body is gone: keep what you need of an event, not the event",
    );
}

function bodyOf(content: EventContent, decoded: boolean): string {
  assertCurrent(content);
  return hostBody(decoded);
}

function hostPayloadOf(content: EventContent, wanted: boolean): string {
  assertCurrent(content);
  return hostPayload(content.isLarge, wanted);
}

function rawBodyOf(content: EventContent): string {
  content.rawBody ??= bodyOf(content, false);
  return content.rawBody;
}

function payloadOf(content: EventContent): unknown {
  content.payload ??= { value: readPayload(content) };
  return content.payload.value;
}

function readPayload(content: EventContent): unknown {
  const { contentType, isLarge } = content;
  const needsHost = isLarge || mayNeedHost(contentType);
  const given = needsHost ? hostPayloadOf(content, true) : "";
  if (given !== "") return payloadFrom(given, content);
  const body = decodedTextOf(content);
  const textNeedsHost = !needsHost && textMayNeedHost(body, contentType);
  const converted = textNeedsHost ? hostPayloadOf(content, true) : "";
  return converted === "" ? parsePayload(body, contentType) : payloadFrom(converted, content);
}

/** `given`: two letters, see `form-parts.ts`, and the text that they describe. */
function payloadFrom(given: string, content: EventContent): unknown {
  const text = given.slice(2);
  if (given[1] === SOURCES.text) return parsePayload(text, content.contentType);
  if (given[1] === SOURCES.json) return parseJson(text);
  return payloadOfParts(unpackParts(text), (index) => {
    assertCurrent(content);
    return hostFile(index, content.isLarge);
  });
}

/** The text of the body after content decoding, and if its payload is read from other text, that text too. */
export function decodedBodyOf(event: object): string {
  const content = WithContent.of(event);
  const body = decodedTextOf(content);
  const { contentType } = content;
  const isOther = mayNeedHost(contentType) || textMayNeedHost(body, contentType);
  return isOther ? body + hostPayloadOf(content, true) : body;
}

const decodedTextOf = (content: EventContent): string =>
  content.encoded ? bodyOf(content, true) : rawBodyOf(content);

function isTruncated(content: EventContent): boolean {
  content.truncated ??= content.isLarge && hostPayloadOf(content, false) === EXCERPT;
  return content.truncated;
}

/**
 * Shared by all events: V8 is slow for objects with getters of their own. Must be frozen before any script runs,
 * since scripts can reach the getters.
 */
export const BODY = {
  rawBody: {
    get(this: object) {
      return rawBodyOf(WithContent.of(this));
    },
    enumerable: true,
  },
  payload: {
    get(this: object) {
      return payloadOf(WithContent.of(this));
    },
    enumerable: true,
  },
  payloadTruncated: {
    get(this: object) {
      return isTruncated(WithContent.of(this));
    },
    enumerable: true,
  },
};

/** `isLarge`: the host may give match scripts an excerpt of the payload. */
export function makeEvent(
  head: EventHead,
  rawBody?: string,
  isLarge = false,
): Record<string, unknown> & EventHead {
  const { encoded = false, idempotencyKey: _, ...visible } = head;
  const { contentType } = head;
  current = { contentType, encoded, isLarge, rawBody, payload: undefined, truncated: undefined };
  // Scripts read `idempotencyKey` from `ctx`, not from the event.
  const event = Object.defineProperties(visible, BODY);
  new WithContent(event, current);
  return event;
}

/** Releases body and payload of an event after its run: a script may keep the event for long. */
export function forgetEvent(event: object): void {
  const content = WithContent.of(event);
  content.rawBody = undefined;
  content.payload = undefined;
  if (content === current) current = { ...NO_EVENT };
}
