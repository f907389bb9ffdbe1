/** ECDSA over P-256 with SHA-256, key and DER signature in base64, as SendGrid signs. */
import { base64Bytes } from "./encoding.ts";
import { p256Key } from "./public-key.ts";
import { type PublicKeyScheme, verifyPublicKeySignature } from "./public-key-signature.ts";
import type { SignedRequest, Verdict } from "./verdict.ts";

/** The most bytes of a DER sequence of two numbers of 33 bytes. */
const MAX_DER_BYTES = 72;

const ECDSA: PublicKeyScheme = {
  name: "ecdsa",
  hash: "sha256",
  readKey: p256Key,
  keyForm: "a P-256 key in SPKI form as base64",
  readSignature: (text) => {
    const bytes = base64Bytes(text);
    return bytes !== undefined && bytes.length <= MAX_DER_BYTES ? bytes : undefined;
  },
  signatureForm: "padded base64 of a DER signature was",
};

export const verifyEcdsa = (options: unknown, request: SignedRequest): Verdict =>
  verifyPublicKeySignature(ECDSA, options, request);
