/** What scripts can use, as `import type { … } from "hookyard"`. The runtime is checked against these types. */

/** A received webhook as scripts see it. */
export interface WebhookEvent {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly method: string;
  /** The path after the base, decoded, without slashes at its ends: `git/push`. */
  readonly uri: string;
  /** The path as sent, base included. */
  readonly path: string;
  /** What `:name` parts of the function's URI stood for. */
  readonly params: Readonly<Record<string, string>>;
  /** A parameter sent several times is an array. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** By lower-case name; repeated ones are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body: JSON, form fields, or else the text. */
  // biome-ignore lint/suspicious/noExplicitAny: a payload has whatever shape its sender gave it.
  readonly payload: any;
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
    readonly secretEncoding?: "utf8" | "hex" | "base64";
    /** What is signed instead of the body; `{body}` in it stands for the body's bytes. */
    readonly content?: string;
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
    readonly header?: string;
    readonly algorithms?: readonly string[];
    readonly issuer?: string;
    readonly audience?: string;
    readonly bodyHashClaim?: string;
  }): Verdict;
  basic(options: { readonly username: string | undefined; readonly password: Secret }): Verdict;
  token(options: {
    readonly secret: Secret;
    readonly header: string;
    readonly prefix?: string;
  }): Verdict;
}

export interface MatchContext {
  readonly log: Log;
  /** Values of the provider's properties; undefined where none is set. */
  readonly properties: Readonly<Record<string, string | undefined>>;
  readonly crypto: Crypto;
  readonly verify: Verify;
}

export interface FunctionContext extends MatchContext {
  /** The line shown in lists of messages. */
  setMessage(text: string): void;
  /** There is nothing to do: the execution ends as `FILTERED`. Use it as `return ctx.skip(reason)`. */
  skip(reason?: string): void;
  /** The answer of a synchronous call. A body that is not text is sent as JSON. */
  respond(answer: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  }): void;
  /** When to try again, if this attempt fails and another is due. */
  retryAfter(seconds: number): void;
  sleep(ms: number): Promise<void>;
  /** The same for every attempt of this function on this message. */
  readonly idempotencyKey: string;
  /** `throw new ctx.Fatal(…)`: trying again cannot help. */
  readonly Fatal: new (
    message?: string,
    options?: ErrorOptions,
  ) => Error;
}
