/** JSON Web Signatures in their compact form: three dot-separated base64url parts. */
import { createHmac, verify as isSignedBy, type KeyObject } from "node:crypto";
import { parseJson } from "../model/parse-json.ts";
import { base64UrlBytes, sameBytes } from "./encoding.ts";
import { isP256 } from "./public-key.ts";
import { found, type Reading, refuse } from "./verdict.ts";

/** `none` is missing on purpose, so that no script can accept it. */
export const JWS_ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"] as const;
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number];

export const isSymmetric = (algorithm: JwsAlgorithm): boolean => algorithm.startsWith("HS");

/** RFC 7518 forbids shorter keys. */
const MIN_RSA_BITS = 2048;

export interface Jws {
  readonly algorithm: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

export function parseJws(text: string): Reading<Jws> {
  const parts = text.split(".");
  const [head, payload, signature] = parts.map(base64UrlBytes);
  const { alg, crit } = fields(head) ?? {};
  const claims = fields(payload);
  // A critical extension changes the meaning of the signature, and none is supported.
  const isKnown = typeof alg === "string" && crit === undefined;
  if (parts.length !== 3 || !signature || !isKnown || claims === undefined) {
    return refuse("the token is malformed: a signed JSON Web Token in compact form was expected");
  }
  const signed = Buffer.from(text.slice(0, text.lastIndexOf(".")), "latin1");
  return found({ algorithm: alg, signed, signature, payload: claims });
}

/** Undefined if it is not a JSON object. */
function fields(bytes: Buffer | undefined): Fields | undefined {
  try {
    const value: unknown = bytes && parseJson(bytes.toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** A key works only with algorithms of its own kind: a public key is never used as a shared secret. */
export function isKeyFor(algorithm: JwsAlgorithm, key: KeyObject): boolean {
  switch (algorithm) {
    case "HS256":
    case "HS384":
    case "HS512":
      return key.type === "secret";
    case "RS256":
      return (
        key.asymmetricKeyType === "rsa" &&
        (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS
      );
    case "ES256":
      return isP256(key);
    case "EdDSA":
      return key.asymmetricKeyType === "ed25519";
  }
}

/** The key must fit the algorithm; see `isKeyFor`. */
export function isSignedWith(algorithm: JwsAlgorithm, key: KeyObject, jws: Jws): boolean {
  const { signed, signature } = jws;
  switch (algorithm) {
    case "HS256":
    case "HS384":
    case "HS512": {
      const expected = createHmac(`sha${algorithm.slice(2)}`, key)
        .update(signed)
        .digest();
      return sameBytes(expected, signature);
    }
    case "RS256":
      return isSignedBy("sha256", signed, key, signature);
    case "ES256":
      return isSignedBy("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature);
    case "EdDSA":
      return isSignedBy(null, signed, key, signature);
  }
}
