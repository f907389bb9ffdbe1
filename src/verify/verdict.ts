/** What a check is given and what it says. */

/** The request a signature is judged against. */
export interface SignedRequest {
  /** Lower-case name -> every value received, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The exact received bytes. */
  readonly body: Buffer;
  /** The body after content decoding, when the sender used a Content-Encoding. */
  readonly decodedBody?: Buffer | undefined;
  /** Milliseconds since the epoch as of which time windows are judged. */
  readonly judgedAt: number;
  /** What else of the request some senders sign; asked for by few. */
  readonly line?: () => RequestLine;
}

export interface RequestLine {
  readonly method: string;
  /** The address as the sender was given it; not known without a configured public address. */
  readonly url?: string;
  /** Of the sender, or of the proxy in front of it that is not trusted. */
  readonly remoteAddress: string;
}

export interface Verdict {
  readonly ok: boolean;
  readonly reason?: string;
}

/** A verdict that ends the check. Its reason goes to logs: no secret, no expected signature, no header value in it. */
export interface Refusal extends Verdict {
  readonly ok: false;
  readonly reason: string;
}

/** Something taken from a request or a setting, or why the check ends there. */
export type Reading<T> = { readonly ok: true; readonly value: T } | Refusal;

export const ACCEPTED: Verdict = Object.freeze({ ok: true });

export const refuse = (reason: string): Refusal => ({ ok: false, reason });

export const found = <T>(value: T): Reading<T> => ({ ok: true, value });
