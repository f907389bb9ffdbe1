/** Which requests the match script of a provider is asked about at all: what stands as `when` in `provider.json`. */
import type { RequestHead } from "./request-head.ts";
import { pathWildcard, wildcard } from "./wildcard.ts";

/** All of its parts must hold. */
export interface RequestCondition {
  readonly method?: readonly string[] | undefined;
  /** `true` is present, `false` absent, a text a pattern of the value with `*`. */
  readonly headers?: Readonly<Record<string, boolean | string>> | undefined;
  /** `*` within a segment, `**` across segments. */
  readonly uri?: string | undefined;
  /** Media types without parameters, with `*`. */
  readonly contentType?: readonly string[] | undefined;
  /** Of the body as received. */
  readonly maxBodyBytes?: number | undefined;
}

/** Of several conditions any one must hold. */
export type When = RequestCondition | readonly RequestCondition[];

/**
 * Says why a request does not meet the condition, or undefined when it does. A reason names no value of a header: those
 * may be secret.
 */
export type Unmet = (head: RequestHead) => string | undefined;

export function compileWhen(when: When): Unmet {
  const [only, ...others] = [when].flat().map(compileCondition);
  if (only !== undefined && others.length === 0) return only;
  const alternatives = only === undefined ? [] : [only, ...others];
  return (head) => {
    const reasons = new Set<string>();
    for (const unmet of alternatives) {
      const reason = unmet(head);
      if (reason === undefined) return undefined;
      reasons.add(reason);
    }
    return [...reasons].join("; ");
  };
}

/** The first part that does not hold is the reason. */
function compileCondition(condition: RequestCondition): Unmet {
  const { method, headers = {}, uri, contentType, maxBodyBytes } = condition;
  const parts = [
    ...(method === undefined ? [] : [methodPart(method)]),
    ...Object.entries(headers).map(([name, wanted]) => headerPart(name.toLowerCase(), wanted)),
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

function methodPart(methods: readonly string[]): Unmet {
  const expected = listed(methods);
  return ({ method }) =>
    methods.includes(method) ? undefined : `method is ${method}, expected ${expected}`;
}

function headerPart(name: string, wanted: boolean | string): Unmet {
  const missing = `no header ${name}`;
  if (wanted === true) return ({ headers }) => (headers[name] === undefined ? missing : undefined);
  const present = `header ${name} is present`;
  if (wanted === false) return ({ headers }) => (headers[name] === undefined ? undefined : present);
  const fits = wildcard(wanted.toLowerCase());
  const other = `header ${name} does not fit ${wanted}`;
  return (head) => {
    if (head.headers[name] === undefined) return missing;
    return fits(head.lowerCase(name)) ? undefined : other;
  };
}

function uriPart(pattern: string): Unmet {
  const fits = pathWildcard(pattern);
  const other = `URI does not fit ${pattern}`;
  return ({ segments }) => (fits(segments) ? undefined : other);
}

function contentTypePart(types: readonly string[]): Unmet {
  const patterns = types.map((type) => wildcard(type.toLowerCase()));
  const expected = listed(types);
  const missing = `no content type, expected ${expected}`;
  const other = `content type is not ${expected}`;
  return ({ contentTypes }) => {
    if (contentTypes.length === 0) return missing;
    return contentTypes.some((type) => patterns.some((fits) => fits(type))) ? undefined : other;
  };
}

function sizePart(most: number): Unmet {
  const reason = `body has more than ${most} bytes`;
  return ({ bodyBytes }) => (bodyBytes > most ? reason : undefined);
}

function listed(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} or ${last}`;
}
