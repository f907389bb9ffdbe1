/** The API of scripts, for `import type { … } from "hookyard"`. The runtime is checked against these types. */
import type { EventPayloadMap } from "@octokit/webhooks-types";

/** A received webhook as scripts see it. `Payload` is the type of the sender's payload. */
// biome-ignore lint/suspicious/noExplicitAny: the sender decides the shape of a payload.
export interface WebhookEvent<Payload = any> {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly method: string;
  /** The path after the base, decoded, without slashes at its ends: `git/push`. */
  readonly uri: string;
  /** The path as sent, base included. */
  readonly path: string;
  /** The full URL that the sender was given, including the query; absent if no public URL is configured. */
  readonly url?: string;
  /** The values of the `:name` parts of the function's URI. */
  readonly params: Readonly<Record<string, string>>;
  /** A parameter that was sent several times is an array. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** By lower-case name. Repeated headers are joined with ", ", and `cookie` with "; ". */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The parsed body: JSON, form fields, or else the text. A field that was sent several times is an array. A field
   * of `multipart/form-data` with a file name is an `UploadedFile`. Text is decoded by its byte order mark or declared
   * charset. Integers beyond 2^53 are rounded; with `"numbers": "exact"` they are BigInts.
   */
  readonly payload: Payload;
  /**
   * True if the payload is an excerpt: the structure, the first 20 items of each list, the first 1,024 characters of
   * each text. Match scripts get an excerpt if the decoded body has more than 1 MiB or more than 100,000 values.
   * Functions always get the whole payload.
   */
  readonly payloadTruncated: boolean;
  /** The body exactly as received. In `ctx.crypto` and `ctx.verify` it stands for the exact bytes. */
  readonly rawBody: string;
  readonly contentType?: string;
  readonly remoteAddress: string;
  /** The name of the provider; absent in match scripts. */
  readonly provider?: string;
  readonly eventType?: string | null;
  /** Of an id with more than 200 bytes the beginning, then `#` and a digest of the whole id. */
  readonly deliveryId?: string | null;
  /** Counted from 1; only in functions. */
  readonly attempt?: number;
  /** The id of the message that was resubmitted as this one. */
  readonly resubmittedFrom?: string;
}

/** A file in the payload of `multipart/form-data`. As JSON it has all but its bytes. */
export interface UploadedFile {
  /** As sent; it may be empty, and it may contain a path. */
  readonly filename: string;
  /** As sent, else `application/octet-stream`. */
  readonly type: string;
  /** The number of its bytes. */
  readonly size: number;
  /** Fetched when first read. In an excerpt the first 1,024 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A message from GitHub: `GitHubEvent<"push">` has the payload of a push. Without a name it is any event, and `if
 * (event.eventType === "push")` narrows it. The types are only as true as the sender: verify the message first.
 */
export type GitHubEvent<Name extends keyof EventPayloadMap = keyof EventPayloadMap> = {
  [Each in Name]: WebhookEvent<EventPayloadMap[Each]> & { readonly eventType: Each };
}[Name];

export interface Verdict {
  readonly ok: boolean;
  /** Shown in the message log. It must not contain a secret or an expected signature. */
  readonly reason?: string;
}

type Encoding = "hex" | "base64" | "base64url";
type Secret = string | readonly string[] | undefined;
type Bytes = ArrayBuffer | ArrayBufferView;
/** How a secret is written as text. "utf8" takes the text itself as the key. */
type SecretEncoding = "utf8" | "hex" | "base64";

export interface Log {
  debug(...values: readonly unknown[]): void;
  info(...values: readonly unknown[]): void;
  warn(...values: readonly unknown[]): void;
  error(...values: readonly unknown[]): void;
}

/** Computed by the host on the exact bytes. */
export interface Crypto {
  /** `key` is bytes, or text in `secretEncoding`, which is "utf8" by default. The result is hex by default. */
  hmac(
    algorithm: string,
    key: string | Bytes,
    data: string,
    options?: Encoding | { readonly encoding?: Encoding; readonly secretEncoding?: SecretEncoding },
  ): string;
  hash(algorithm: string, data: string, encoding?: Encoding): string;
  timingSafeEqual(a: string, b: string): boolean;
  randomUUID(): string;
}

/** Where the time of the signature is: in a header, in the list of signatures, or in the signed body (as a value). */
export interface Timestamp {
  readonly header?: string;
  /** `"t"` for the item `t=…` of a list. */
  readonly key?: string;
  readonly value?: unknown;
  readonly unit?: "seconds" | "milliseconds";
  /** The maximum age, and the maximum time in the future; 300 by default. */
  readonly toleranceSeconds?: number;
}

/** The header that contains the proof, or its value if it is elsewhere in the event. */
type ProofPlace =
  | { readonly header: string; readonly value?: undefined }
  | { readonly header?: undefined; readonly value: unknown };

/**
 * Signature checks on the exact received bytes, with strict header grammar and timing-safe comparison. If the secret
 * is a property's value, the values that are being rotated out are tried too; one that matches is enough.
 */
export interface Verify {
  hmac(
    options: ProofPlace & {
      /** Text, which `secretEncoding` decodes, or bytes. */
      readonly secret: Secret | Bytes | readonly Bytes[];
      readonly algorithm?: "sha1" | "sha256" | "sha384" | "sha512";
      readonly encoding?: "hex" | "base64";
      readonly prefix?: string;
      /**
       * "list": the header contains several items, with or without spaces around them. Those that start with `prefix`
       * are signatures; one that matches is enough.
       */
      readonly signatures?: "one" | "list";
      /** The separator of a list; a comma by default. */
      readonly separator?: string;
      readonly secretEncoding?: SecretEncoding;
      /** Removed from the start of the secret before it is decoded. */
      readonly secretPrefix?: string;
      /**
       * The signed text, if it is not the body alone. Placeholders: `{body}`; `{asciiBody}`, JSON with non-ASCII
       * characters escaped; `{timestamp}`; `{method}`; `{url}`; `{form}`, the decoded fields in order; `{field:name}`,
       * the decoded value of a form's only field; `{header:name}`.
       */
      readonly content?: string;
      /** The signed text as it is, instead of `content`: for a sender that signs some fields of the body. */
      readonly data?: string;
      readonly timestamp?: Timestamp;
      /** The possible values of `{url}`; the configured public URL of the request by default. */
      readonly url?: Secret;
    },
  ): Verdict;
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
    /**
     * The header that contains the token, `authorization` by default. Pass `value` instead if the token is elsewhere
     * in the event.
     */
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
    /** The header that contains the token. Pass `value` instead if the token is elsewhere in the event. */
    readonly header?: string;
    readonly value?: unknown;
    readonly prefix?: string;
  }): Verdict;
  /** Checks the sender's address against ranges such as `192.0.2.0/24`, separated by commas or in a list. */
  address(options: { readonly ranges: Secret }): Verdict;
}

export interface MatchContext {
  readonly log: Log;
  /** The values of the provider's properties; undefined for an unset one. */
  readonly properties: Readonly<Record<string, string | undefined>>;
  readonly crypto: Crypto;
  readonly verify: Verify;
}

export interface HttpRequestInit {
  /** `GET` by default. */
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: string | URLSearchParams | ArrayBuffer | ArrayBufferView | null;
  /** `follow` by default, at most 3 times. Every hop must be allowed. */
  readonly redirect?: "follow" | "manual" | "error";
  /** For the whole request up to the last byte of the response; 10 seconds by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A response, received completely: its body can be read more than once. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** From 200 to 299. */
  readonly ok: boolean;
  /** The URL after redirects. */
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Headers;
  text(): Promise<string>;
  /** With `"numbers": "exact"`, integers beyond 2^53 are BigInts. */
  // biome-ignore lint/suspicious/noExplicitAny: the server decides the shape of its response.
  json(): Promise<any>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Requests to the hosts in `http.allow` of function.json. */
export interface Http {
  fetch(url: string | URL, init?: HttpRequestInit): Promise<HttpResponse>;
}

/** The function's own key-value store: durable, with values that JSON can represent. */
export interface KeyValueStore {
  /** Undefined if there is no value or it has expired. */
  // biome-ignore lint/suspicious/noExplicitAny: the script decides the shape of a value.
  get(key: string): Promise<any>;
  /**
   * Resolves once the value is on disk. With `expected`, the value is set only if the current one equals it (as
   * JSON), or if there is none and `expected` is undefined. The result says whether it was set.
   */
  set(
    key: string,
    value: unknown,
    options?: { readonly ttlSeconds?: number; readonly expected?: unknown },
  ): Promise<boolean>;
  /** Resolves to whether there was a value. */
  delete(key: string): Promise<boolean>;
  /** Adds to a whole number, or to 0 if there is none, and returns the sum. */
  increment(key: string, by?: number, options?: { readonly ttlSeconds?: number }): Promise<number>;
}

export interface FunctionContext extends MatchContext {
  /** Sets the line that lists of messages show. */
  setMessage(text: string): void;
  /** Ends the execution as `FILTERED`, if there is nothing to do. Use it as `return ctx.skip(reason)`. */
  skip(reason?: string): void;
  /**
   * Sets the answer to a synchronous call. Headers that affect more than this answer are dropped, with a warning in
   * the execution's log.
   */
  respond(answer: {
    readonly status?: number;
    /** A list is sent as several header lines, as `set-cookie` requires. */
    readonly headers?: HeadersInit | Readonly<Record<string, string | number | readonly string[]>>;
    /** Text, bytes and `URLSearchParams` are sent as they are, other values as JSON. */
    readonly body?: unknown;
  }): void;
  /** Sets the delay of the next attempt, if this one fails and another is due. */
  retryAfter(seconds: number): void;
  /** 0 to 300,000 milliseconds; they count towards `timeoutMs`. */
  sleep(ms: number): Promise<void>;
  readonly http: Http;
  readonly kv: KeyValueStore;
  /**
   * Aborts at the timeout of the run (`timeoutMs`). A run that has read it then has 200 ms to clean up; it fails in
   * any case.
   */
  readonly signal: AbortSignal;
  /**
   * Equal for all attempts of this function on this message, and on a repetition of the delivery that runs it again
   * after it failed.
   */
  readonly idempotencyKey: string;
  /** `throw new ctx.Fatal(…)`: a retry cannot help. */
  readonly Fatal: new (
    message?: string,
    options?: ErrorOptions,
  ) => Error;
}
