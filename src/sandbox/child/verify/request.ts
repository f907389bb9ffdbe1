/** What signatures are judged against, and the shapes all schemes share. */
import { timingSafeEqual } from "node:crypto";

export interface SignedRequest {
  /** Lower-case name → every value received, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The exact received bytes. */
  readonly body: Buffer;
  /** The body after content decoding, when the sender used a Content-Encoding. */
  readonly decodedBody?: Buffer;
  /** Milliseconds since the epoch as of which time windows are judged. */
  readonly judgedAt: number;
}

export interface Verdict {
  readonly ok: boolean;
  /** For operators; never an expected signature, never a secret. */
  readonly reason?: string;
}

export const OK: Verdict = { ok: true };
export const refuse = (reason: string): Verdict => ({ ok: false, reason });
export const NO_SECRET = refuse("no secret is configured");
export const MISMATCH = refuse("the signature does not fit the body and the secret");

/** One header that must be there exactly once: repeats look like a legal list once a server has joined them. */
export function singleHeader(
  request: SignedRequest,
  name: string,
): { readonly value: string } | Verdict {
  const values = request.headers.get(name.toLowerCase()) ?? [];
  const [value] = values;
  if (value === undefined) return refuse(`header ${name} is missing`);
  if (values.length > 1)
    return refuse(`header ${name} was sent ${values.length} times, once was expected`);
  return value.trim() === "" ? refuse(`header ${name} is empty`) : { value: value.trim() };
}

/** Several of them, or why not. */
export function singleHeaders(
  request: SignedRequest,
  names: readonly string[],
): readonly string[] | Verdict {
  const values: string[] = [];
  for (const name of names) {
    const found = singleHeader(request, name);
    if (!("value" in found)) return found;
    values.push(found.value);
  }
  return values;
}

/** Live secrets; the empty ones do not count: an HMAC with an empty key is anybody's. */
export function liveSecrets(secret: string | readonly string[] | undefined): readonly string[] {
  const values = typeof secret === "string" ? [secret] : (secret ?? []);
  return values.filter((value) => value !== "");
}

const HEX = /^(?:[0-9a-f]{2})+$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Bytes of a text in a strict alphabet, or undefined: Buffer itself skips what it does not know. */
export function decodeStrictly(
  text: string,
  encoding: "hex" | "base64" | "base64url",
): Buffer | undefined {
  const alphabet = { hex: HEX, base64: BASE64, base64url: BASE64URL }[encoding];
  if (text === "" || !alphabet.test(text)) return undefined;
  const bytes = Buffer.from(text, encoding);
  // Two texts for the same bytes would let a signature be replayed under another spelling.
  return encoding === "hex" || bytes.toString(encoding) === text ? bytes : undefined;
}

export const equalBytes = (a: Buffer, b: Buffer): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** The bodies a sender may have signed: as sent, or as it was before it was encoded. */
export const bodiesOf = ({ body, decodedBody }: SignedRequest): readonly Buffer[] =>
  decodedBody === undefined ? [body] : [body, decodedBody];

/** Says why a timestamp in seconds is not acceptable; undefined when it is. The window is open both ways. */
export function staleness(
  timestamp: string,
  toleranceSeconds: number,
  judgedAt: number,
): string | undefined {
  if (!/^\d{1,12}$/.test(timestamp)) return "the timestamp is not a whole number of seconds";
  const ageSeconds = judgedAt / 1000 - Number(timestamp);
  if (ageSeconds > toleranceSeconds)
    return `the timestamp is ${Math.round(ageSeconds)} s old, at most ${toleranceSeconds} s are allowed`;
  if (-ageSeconds > toleranceSeconds)
    return `the timestamp is ${Math.round(-ageSeconds)} s ahead, at most ${toleranceSeconds} s are allowed`;
  return undefined;
}
