/** The input and the result of a check. */

/** The request that is verified. */
export interface SignedRequest {
  /** All received values by lower-case name, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The exact received bytes. */
  readonly body: Buffer;
  /** The body after content decoding, if the sender used a Content-Encoding. */
  readonly decodedBody?: Buffer | undefined;
  /** The time at which timestamps must be valid, in milliseconds since the epoch. */
  readonly judgedAt: number;
  /** Other parts of the request, which few senders sign. */
  readonly line?: () => RequestLine;
}

export interface RequestLine {
  readonly method: string;
  /** The URL that the sender was given; unknown without a configured public URL. */
  readonly url?: string;
  /** The address of the sender, or of the untrusted proxy in front of it. */
  readonly remoteAddress: string;
}

export interface Verdict {
  readonly ok: boolean;
  readonly reason?: string;
}

/**
 * A verdict that ends the check. Its reason is logged, so it must not contain a secret, an expected signature or a
 * header value.
 */
export interface Refusal extends Verdict {
  readonly ok: false;
  readonly reason: string;
}

/** A value read from a request or a setting, or the refusal that ends the check. */
export type Reading<T> = { readonly ok: true; readonly value: T } | Refusal;

export const ACCEPTED: Verdict = Object.freeze({ ok: true });

export const refuse = (reason: string): Refusal => ({ ok: false, reason });

export const found = <T>(value: T): Reading<T> => ({ ok: true, value });
