/** The `when` of `provider.json`: the requests that the match script runs on. */
import type { RequestHead } from "./request-head.ts";
import { pathWildcard, wildcard } from "./wildcard.ts";

/** All parts must hold. */
export interface RequestCondition {
  readonly method?: readonly string[] | undefined;
  /** `true`: the header is present; `false`: it is absent; a text: a pattern with `*` that its value matches. */
  readonly headers?: Readonly<Record<string, boolean | string>> | undefined;
  /** `*` matches within a segment, `**` across segments. */
  readonly uri?: string | undefined;
  /** Media types without parameters; `*` is allowed. */
  readonly contentType?: readonly string[] | undefined;
  /** Maximum size of the body as received. */
  readonly maxBodyBytes?: number | undefined;
  /** `event.payload` is an object with all of these keys. Checked in the sandbox process: main never reads a body. */
  readonly payloadKeys?: PayloadKeys | undefined;
}

/** Keys of `event.payload`, all of which must be there. */
export type PayloadKeys = readonly string[];

/** In a list, any one condition must hold. */
export type When = RequestCondition | readonly RequestCondition[];

/** The part of a `when` that the head of a request decides. */
export interface WhenResult {
  /** Why no condition can hold; undefined if one may. It contains no header value, since that may be secret. */
  readonly reason?: string;
  /** The payload must have all keys of one of these lists. Absent if the head alone meets a condition. */
  readonly payloadKeys?: readonly PayloadKeys[];
}

export type WhenCheck = (head: RequestHead) => WhenResult;

/** Why the head does not meet one part; undefined if it does. */
type PartCheck = (head: RequestHead) => string | undefined;

const MET: WhenResult = {};

export function compileWhen(when: When): WhenCheck {
  const conditions = [when].flat().map((condition) => ({
    reasonOf: compileHead(condition),
    payloadKeys: condition.payloadKeys,
  }));
  return (head) => {
    const reasons = new Set<string>();
    const payloadKeys: PayloadKeys[] = [];
    for (const condition of conditions) {
      const reason = condition.reasonOf(head);
      if (reason !== undefined) reasons.add(reason);
      else if (condition.payloadKeys === undefined) return MET;
      else payloadKeys.push(condition.payloadKeys);
    }
    return payloadKeys.length > 0 ? { payloadKeys } : { reason: [...reasons].join("; ") };
  };
}

/** The reason when the payload lacks the keys that the conditions require. */
export const missingKeysReason = (payloadKeys: readonly PayloadKeys[]): string =>
  payloadKeys
    .map((keys) =>
      keys.length > 1
        ? `payload lacks one of ${listed(keys, "and")}`
        : `no payload key ${keys.join()}`,
    )
    .join("; ");

/** The reason names the first part that does not hold. */
function compileHead(condition: RequestCondition): PartCheck {
  const { method, headers = {}, uri, contentType, maxBodyBytes } = condition;
  const parts = [
    ...(method === undefined ? [] : [methodPart(method)]),
    ...Object.entries(headers).map(([name, expectedValue]) =>
      headerPart(name.toLowerCase(), expectedValue),
    ),
    ...(uri === undefined ? [] : [uriPart(uri)]),
    ...(contentType === undefined ? [] : [contentTypePart(contentType)]),
    ...(maxBodyBytes === undefined ? [] : [sizePart(maxBodyBytes)]),
  ];
  return (head) => {
    for (const part of parts) {
      const reason = part(head);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

function methodPart(methods: readonly string[]): PartCheck {
  const expected = listed(methods);
  return ({ method }) =>
    methods.includes(method) ? undefined : `method is ${method}, expected ${expected}`;
}

function headerPart(name: string, expectedValue: boolean | string): PartCheck {
  const missing = `no header ${name}`;
  if (expectedValue === true)
    return ({ headers }) => (headers[name] === undefined ? missing : undefined);
  const present = `header ${name} is present`;
  if (expectedValue === false)
    return ({ headers }) => (headers[name] === undefined ? undefined : present);
  const matches = wildcard(expectedValue.toLowerCase());
  const other = `header ${name} does not fit ${expectedValue}`;
  return (head) => {
    if (head.headers[name] === undefined) return missing;
    return matches(head.lowerCase(name)) ? undefined : other;
  };
}

function uriPart(pattern: string): PartCheck {
  const matches = pathWildcard(pattern);
  const other = `URI does not fit ${pattern}`;
  return ({ segments }) => (matches(segments) ? undefined : other);
}

function contentTypePart(types: readonly string[]): PartCheck {
  const patterns = types.map((type) => wildcard(type.toLowerCase()));
  const expected = listed(types);
  const missing = `no content type, expected ${expected}`;
  const other = `content type is not ${expected}`;
  return ({ contentTypes }) => {
    if (contentTypes.length === 0) return missing;
    return contentTypes.some((type) => patterns.some((matches) => matches(type)))
      ? undefined
      : other;
  };
}

function sizePart(maxBytes: number): PartCheck {
  const reason = `body has more than ${maxBytes} bytes`;
  return ({ bodyBytes }) => (bodyBytes > maxBytes ? reason : undefined);
}

function listed(texts: readonly string[], conjunction = "or"): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}
