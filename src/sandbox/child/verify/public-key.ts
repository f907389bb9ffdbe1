/** Signatures with a public key over timestamp and body: Ed25519 (Discord) and ECDSA P-256 (SendGrid). */
import { createPublicKey, verify as verifySignature } from "node:crypto";
import { z } from "zod";
import { secretSchema } from "./hmac.ts";
import {
  bodiesOf,
  decodeStrictly,
  liveSecrets,
  MISMATCH,
  NO_SECRET,
  OK,
  refuse,
  type SignedRequest,
  singleHeader,
  staleness,
  type Verdict,
} from "./request.ts";

export const publicKeySchema = z.strictObject({
  publicKey: secretSchema,
  signatureHeader: z.string().min(1),
  timestampHeader: z.string().min(1).optional(),
  toleranceSeconds: z.number().min(0).optional(),
});
type PublicKeyOptions = z.infer<typeof publicKeySchema>;

/** Node takes Ed25519 keys as SPKI: this is everything before the 32 bytes of the key itself. */
const ED25519_SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");
const ED25519_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;

export function ed25519Fits(key: Buffer, content: Buffer, signature: Buffer): boolean {
  if (key.length !== ED25519_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES)
    return false;
  const spki = createPublicKey({
    key: Buffer.concat([ED25519_SPKI_HEAD, key]),
    format: "der",
    type: "spki",
  });
  return verifySignature(null, content, spki, signature);
}

export function verifyEd25519(options: PublicKeyOptions, request: SignedRequest): Verdict {
  return check(options, request, "hex", (key, content, signature) => {
    const bytes = decodeStrictly(key, "hex");
    if (bytes?.length !== ED25519_KEY_BYTES) throw new TypeError("publicKey is not 64 hex digits");
    return ed25519Fits(bytes, content, signature);
  });
}

export function verifyEcdsa(options: PublicKeyOptions, request: SignedRequest): Verdict {
  return check(options, request, "base64", (key, content, signature) => {
    const bytes = decodeStrictly(key, "base64");
    if (bytes === undefined) throw new TypeError("publicKey is not base64");
    return verifySignature(
      "sha256",
      content,
      createPublicKey({ key: bytes, format: "der", type: "spki" }),
      signature,
    );
  });
}

type Fits = (key: string, content: Buffer, signature: Buffer) => boolean;

function check(
  options: PublicKeyOptions,
  request: SignedRequest,
  encoding: "hex" | "base64",
  fits: Fits,
): Verdict {
  const keys = liveSecrets(options.publicKey);
  if (keys.length === 0) return NO_SECRET;
  const found = singleHeader(request, options.signatureHeader);
  if (!("value" in found)) return found;
  const signature = decodeStrictly(found.value, encoding);
  if (signature === undefined)
    return refuse(`header ${options.signatureHeader} is malformed: ${encoding} was expected`);
  const timestamp =
    options.timestampHeader === undefined
      ? { value: "" }
      : singleHeader(request, options.timestampHeader);
  if (!("value" in timestamp)) return timestamp;
  const { toleranceSeconds } = options;
  const stale =
    toleranceSeconds === undefined
      ? undefined
      : staleness(timestamp.value, toleranceSeconds, request.judgedAt);
  if (stale !== undefined) return refuse(stale);
  const contents = bodiesOf(request).map((body) =>
    Buffer.concat([Buffer.from(timestamp.value), body]),
  );
  return keys.some((key) => contents.some((content) => fits(key, content, signature)))
    ? OK
    : MISMATCH;
}
