/**
 * The part that `ed25519` and `ecdsa` share: one signature in a header, over an optional timestamp followed by the
 * body.
 */
import { verify as isSignedBy, type KeyObject } from "node:crypto";
import { readHeader } from "./header.ts";
import { headerName, liveValues, optionsOf, readOptions } from "./options.ts";
import { checked, nonNegative, optional, type Read } from "./read-value.ts";
import { candidateBodies } from "./signed-content.ts";
import { readTimestamp } from "./timestamp.ts";
import { ACCEPTED, refuse, type SignedRequest, type Verdict } from "./verdict.ts";

export interface PublicKeyScheme {
  readonly name: string;
  /** Null if the scheme has a hash of its own. */
  readonly hash: string | null;
  readonly readKey: (text: string) => KeyObject | undefined;
  readonly keyForm: string;
  readonly readSignature: (text: string) => Buffer | undefined;
  readonly signatureForm: string;
}

const schema = checked(
  optionsOf({
    publicKey: liveValues,
    signatureHeader: headerName,
    timestampHeader: optional(headerName),
    toleranceSeconds: optional(nonNegative),
  }),
  (options) =>
    options.toleranceSeconds === undefined || options.timestampHeader !== undefined
      ? undefined
      : "toleranceSeconds was given, so timestampHeader was expected too",
);

export function verifyPublicKeySignature(
  scheme: PublicKeyScheme,
  given: unknown,
  request: SignedRequest,
): Verdict {
  const options = readOptions(scheme.name, schema, given);
  if (options.publicKey.length === 0) return refuse("no public key is configured");
  const keys = options.publicKey.map(scheme.readKey).filter((key) => key !== undefined);
  if (keys.length === 0) return refuse(`the configured public key is not ${scheme.keyForm}`);
  const text = readHeader(request, options.signatureHeader);
  if (!text.ok) return text;
  const signature = scheme.readSignature(text.value);
  if (signature === undefined) {
    return refuse(
      `the signature in ${options.signatureHeader} is malformed: ${scheme.signatureForm} expected`,
    );
  }
  const timestamp = readSignedTime(options, request);
  if (!timestamp.ok) return timestamp;
  const contents = candidateBodies(request).map((body) =>
    Buffer.concat([Buffer.from(timestamp.value), body]),
  );
  const fits = keys.some((key) =>
    contents.some((content) => isSignedBy(scheme.hash, content, key, signature)),
  );
  return fits ? ACCEPTED : refuse(`the signature in ${options.signatureHeader} does not match`);
}

function readSignedTime(
  { timestampHeader, toleranceSeconds: tolerance }: Read<typeof schema>,
  request: SignedRequest,
) {
  return timestampHeader === undefined
    ? { ok: true as const, value: "" }
    : readTimestamp(request, timestampHeader, tolerance);
}
