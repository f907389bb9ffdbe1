/** What scripts can use, as `import type { … } from "hookyard"`. The runtime is checked against these types. */
import type { EventPayloadMap } from "@octokit/webhooks-types";

/** A received webhook as scripts see it; `Payload` is what its author knows of the sender's payload. */
// biome-ignore lint/suspicious/noExplicitAny: a payload has whatever shape its sender gave it.
export interface WebhookEvent<Payload = any> {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly method: string;
  /** The path after the base, decoded, without slashes at its ends: `git/push`. */
  readonly uri: string;
  /** The path as sent, base included. */
  readonly path: string;
  /** The full address as the sender was given it, query included; absent while no public address is configured. */
  readonly url?: string;
  /** What `:name` parts of the function's URI stood for. */
  readonly params: Readonly<Record<string, string>>;
  /** A parameter sent several times is an array. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** By lower-case name; repeated ones are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body: JSON, form fields, or else the text. */
  readonly payload: Payload;
  /**
   * The payload is an excerpt: the structure, the first 20 items of each list, the first 1,024 characters of each text. Match
   * scripts get one where the decoded body has more than 1 MiB or more than 100,000 values. Functions always get the whole payload.
   */
  readonly payloadTruncated: boolean;
  /** The body exactly as received. Text made from it stands for its exact bytes in `ctx.crypto` and `ctx.verify`. */
  readonly rawBody: string;
  readonly contentType?: string;
  readonly remoteAddress: string;
  /** The name of the provider; not yet known to match scripts. */
  readonly provider?: string;
  readonly eventType?: string | null;
  readonly deliveryId?: string | null;
  /** From 1; for functions. */
  readonly attempt?: number;
  /** The message this one is a resubmission of. */
  readonly resubmittedFrom?: string;
}

/**
 * A message from GitHub: `GitHubEvent<"push">` has the payload of a push. Without a name it is any of them, and
 * `if (event.eventType === "push")` tells which. The types are GitHub's word for it: only a verified message keeps it.
 */
export type GitHubEvent<Name extends keyof EventPayloadMap = keyof EventPayloadMap> = {
  [Each in Name]: WebhookEvent<EventPayloadMap[Each]> & { readonly eventType: Each };
}[Name];

export interface Verdict {
  readonly ok: boolean;
  /** Shown in the message log. Never put a secret or an expected signature in it. */
  readonly reason?: string;
}

type Encoding = "hex" | "base64" | "base64url";
type Secret = string | readonly string[] | undefined;

export interface Log {
  debug(...values: readonly unknown[]): void;
  info(...values: readonly unknown[]): void;
  warn(...values: readonly unknown[]): void;
  error(...values: readonly unknown[]): void;
}

/** Computed by the host, on exact bytes. */
export interface Crypto {
  hmac(algorithm: string, key: string, data: string, encoding?: Encoding): string;
  hash(algorithm: string, data: string, encoding?: Encoding): string;
  timingSafeEqual(a: string, b: string): boolean;
  randomUUID(): string;
}

/** When a request was signed: in a header, beside the signature in its list, or as a value found in the signed body. */
export interface Timestamp {
  readonly header?: string;
  /** `"t"` for the item `t=…` of a list. */
  readonly key?: string;
  readonly value?: unknown;
  readonly unit?: "seconds" | "milliseconds";
  /** How old it may be, and how far ahead; 300 when not given. */
  readonly toleranceSeconds?: number;
}

/**
 * Signature checks on the exact received bytes: strict header grammar, timing-safe, one of several live secrets is enough.
 * Giving a property's value as the secret tries the value being rotated out too.
 */
export interface Verify {
  hmac(options: {
    readonly secret: Secret;
    readonly header: string;
    readonly algorithm?: "sha1" | "sha256" | "sha384" | "sha512";
    readonly encoding?: "hex" | "base64";
    readonly prefix?: string;
    /** "list": the header holds several items; those that start with `prefix` are signatures, and one is enough. */
    readonly signatures?: "one" | "list";
    /** Between the items of a list; a comma when not given. */
    readonly separator?: string;
    readonly secretEncoding?: "utf8" | "hex" | "base64";
    /** Taken off the secret before it is decoded, where the secret starts with it. */
    readonly secretPrefix?: string;
    /**
     * What is signed instead of the body. In it stand for themselves: `{body}`; `{asciiBody}`, JSON with all but ASCII
     * escaped; `{timestamp}`; `{method}`; `{url}`; `{form}`, the decoded fields in order; `{field:name}`, the decoded
     * value of a form's only field; `{header:name}`.
     */
    readonly content?: string;
    readonly timestamp?: Timestamp;
    /** The addresses `{url}` may stand for; the configured public address of the request when not given. */
    readonly url?: Secret;
  }): Verdict;
  standardWebhooks(options: {
    readonly secret: Secret;
    readonly toleranceSeconds?: number;
    readonly headerPrefix?: "webhook" | "svix";
  }): Verdict;
  ed25519(options: {
    readonly publicKey: Secret;
    readonly signatureHeader: string;
    readonly timestampHeader?: string;
    readonly toleranceSeconds?: number;
  }): Verdict;
  ecdsa(options: {
    readonly publicKey: Secret;
    readonly signatureHeader: string;
    readonly timestampHeader?: string;
    readonly toleranceSeconds?: number;
  }): Verdict;
  jwt(options: {
    readonly secret?: Secret;
    readonly publicKey?: Secret;
    /** The header that holds the token, `authorization` when not given, or else the token itself as found elsewhere in the event. */
    readonly header?: string;
    readonly value?: unknown;
    readonly algorithms?: readonly string[];
    readonly issuer?: string;
    readonly audience?: string;
    readonly bodyHashClaim?: string;
  }): Verdict;
  basic(options: { readonly username: string | undefined; readonly password: Secret }): Verdict;
  token(options: {
    readonly secret: Secret;
    /** The header that holds the token, or else the token itself as found elsewhere in the event. */
    readonly header?: string;
    readonly value?: unknown;
    readonly prefix?: string;
  }): Verdict;
  /** Whether the sender's address is in one of the ranges: `192.0.2.0/24`, several separated by commas or in a list. */
  address(options: { readonly ranges: Secret }): Verdict;
}

export interface MatchContext {
  readonly log: Log;
  /** Values of the provider's properties; undefined where none is set. */
  readonly properties: Readonly<Record<string, string | undefined>>;
  readonly crypto: Crypto;
  readonly verify: Verify;
}

export interface HttpRequestInit {
  /** `GET` when not given. */
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: string | URLSearchParams | ArrayBuffer | ArrayBufferView | null;
  /** `follow` (at most 3 times) when not given; every hop must be allowed. */
  readonly redirect?: "follow" | "manual" | "error";
  /** For everything up to the last byte of the answer; 10 seconds when not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer, received as a whole: its body can be read more than once. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** From 200 to 299. */
  readonly ok: boolean;
  /** Where it came from in the end. */
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Headers;
  text(): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: an answer has whatever shape its sender gave it.
  json(): Promise<any>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Requests to the hosts that `http.allow` in function.json names. */
export interface Http {
  fetch(url: string | URL, init?: HttpRequestInit): Promise<HttpResponse>;
}

/** What a function remembers from run to run: its own, durable, of values that JSON can hold. */
export interface KeyValueStore {
  /** Undefined when there is none, or its time is over. */
  // biome-ignore lint/suspicious/noExplicitAny: a value has whatever shape the script gave it.
  get(key: string): Promise<any>;
  /**
   * Resolves once it is on disk. With `expected` it is set only if the value is that one now (as JSON), or if there is
   * none and `expected` is undefined; says whether it was set.
   */
  set(
    key: string,
    value: unknown,
    options?: { readonly ttlSeconds?: number; readonly expected?: unknown },
  ): Promise<boolean>;
  /** Says whether there was one. */
  delete(key: string): Promise<boolean>;
  /** Adds to a whole number, or to 0 where there is none, and returns the sum. */
  increment(key: string, by?: number, options?: { readonly ttlSeconds?: number }): Promise<number>;
}

export interface FunctionContext extends MatchContext {
  /** The line shown in lists of messages. */
  setMessage(text: string): void;
  /** There is nothing to do: the execution ends as `FILTERED`. Use it as `return ctx.skip(reason)`. */
  skip(reason?: string): void;
  /**
   * The answer of a synchronous call. Headers that govern more than this answer are not sent; the log of the execution
   * says which.
   */
  respond(answer: {
    readonly status?: number;
    /** A list of values is sent as several lines, as `set-cookie` needs it. */
    readonly headers?: HeadersInit | Readonly<Record<string, string | number | readonly string[]>>;
    /** Text, bytes and `URLSearchParams` are sent as they are, anything else as JSON. */
    readonly body?: unknown;
  }): void;
  /** When to try again, if this attempt fails and another is due. */
  retryAfter(seconds: number): void;
  sleep(ms: number): Promise<void>;
  readonly http: Http;
  readonly kv: KeyValueStore;
  /**
   * Aborts when the time of the run (`timeoutMs`) is over. Who has asked for it then has a fifth of a second to tidy
   * up; the run has failed all the same.
   */
  readonly signal: AbortSignal;
  /** The same for every attempt of this function on this message. */
  readonly idempotencyKey: string;
  /** `throw new ctx.Fatal(…)`: trying again cannot help. */
  readonly Fatal: new (
    message?: string,
    options?: ErrorOptions,
  ) => Error;
}
