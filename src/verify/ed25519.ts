/** Ed25519 with a raw key and a hex signature, as Discord signs. */
import { hexBytes } from "./encoding.ts";
import { ed25519HexKey } from "./public-key.ts";
import { type PublicKeyScheme, verifyPublicKeySignature } from "./public-key-signature.ts";
import type { SignedRequest, Verdict } from "./verdict.ts";

const ED25519: PublicKeyScheme = {
  name: "ed25519",
  hash: null,
  readKey: ed25519HexKey,
  keyForm: "64 hex digits",
  readSignature: (text) => (text.length === 128 ? hexBytes(text) : undefined),
  signatureForm: "128 hex digits were",
};

export const verifyEd25519 = (options: unknown, request: SignedRequest): Verdict =>
  verifyPublicKeySignature(ED25519, options, request);
