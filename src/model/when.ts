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
}

/** In a list, any one condition must hold. */
export type When = RequestCondition | readonly RequestCondition[];

/**
 * Why a request does not meet the condition; undefined if it does. The reason contains no header value, since it may be
 * secret.
 */
export type WhenCheck = (head: RequestHead) => string | undefined;

export function compileWhen(when: When): WhenCheck {
  const [only, ...others] = [when].flat().map(compileCondition);
  if (only !== undefined && others.length === 0) return only;
  const alternatives = only === undefined ? [] : [only, ...others];
  return (head) => {
    const reasons = new Set<string>();
    for (const check of alternatives) {
      const reason = check(head);
      if (reason === undefined) return undefined;
      reasons.add(reason);
    }
    return [...reasons].join("; ");
  };
}

/** The reason names the first part that does not hold. */
function compileCondition(condition: RequestCondition): WhenCheck {
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

function methodPart(methods: readonly string[]): WhenCheck {
  const expected = listed(methods);
  return ({ method }) =>
    methods.includes(method) ? undefined : `method is ${method}, expected ${expected}`;
}

function headerPart(name: string, expectedValue: boolean | string): WhenCheck {
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

function uriPart(pattern: string): WhenCheck {
  const matches = pathWildcard(pattern);
  const other = `URI does not fit ${pattern}`;
  return ({ segments }) => (matches(segments) ? undefined : other);
}

function contentTypePart(types: readonly string[]): WhenCheck {
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

function sizePart(maxBytes: number): WhenCheck {
  const reason = `body has more than ${maxBytes} bytes`;
  return ({ bodyBytes }) => (bodyBytes > maxBytes ? reason : undefined);
}

function listed(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} or ${last}`;
}
