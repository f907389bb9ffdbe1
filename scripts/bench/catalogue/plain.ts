/** The `verify` of a provider written directly with `node:crypto`: the lower bound of its cost. */
import {
  createHash,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  verify as verifySignature,
} from "node:crypto";
import { keyOf, keyPair, piecesOf, resign, textOf } from "../../../src/catalogue/resign.ts";
import type { Sample } from "../../../src/catalogue/sample.ts";

export interface PlainVerifier {
  /** The verified sample; one with a public key is signed again with a new key pair. */
  readonly sample: Sample;
  readonly verify: () => boolean;
}

const digest = (text: string) => createHash("sha256").update(text).digest();

export function plainVerifier(original: Sample): PlainVerifier {
  const { proof } = original;
  const secret = textOf(original.properties[proof?.secret ?? "secret"]);
  if (proof?.signing === undefined) {
    const verify = () => timingSafeEqual(digest(secret), digest(secret));
    return { sample: original, verify };
  }
  const { request, properties } = resign(original, Buffer.from(original.request.body));
  const sample = { ...original, request, properties };
  const sent = request.headers.find(([name]) => name === proof.header)?.[1] ?? "";
  const { algorithm, encoding, content } = proof.signing;
  const signature = /([A-Za-z0-9+/_-]+=*)$/.exec(sent)?.[1] ?? "";
  const pieces = piecesOf(content, sample);
  if (algorithm === "HS256") {
    const key = createSecretKey(secret, "utf8");
    const signed = sent.slice(0, sent.lastIndexOf("."));
    const body = Buffer.from(request.body);
    const verify = () => {
      createHash("sha256").update(body).digest();
      const made = createHmac("sha256", key).update(signed).digest();
      return timingSafeEqual(made, Buffer.from(signature, "base64url"));
    };
    return { sample, verify };
  }
  if (algorithm === "ed25519" || algorithm === "p256") {
    const { publicKey } = keyPair(algorithm);
    const hash = algorithm === "p256" ? "sha256" : null;
    const verify = () =>
      verifySignature(hash, Buffer.concat(pieces), publicKey, Buffer.from(signature, encoding));
    return { sample, verify };
  }
  const key = createSecretKey(keyOf(proof.signing, secret));
  const verify = () => {
    const hmac = createHmac(algorithm, key);
    for (const piece of pieces) hmac.update(piece);
    return timingSafeEqual(hmac.digest(), Buffer.from(signature, encoding));
  };
  return { sample, verify };
}
