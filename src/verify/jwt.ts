/** A JSON Web Token in a header or elsewhere in the message, signed with an algorithm that the script pins. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { readCredentials, readHeader } from "./header.ts";
import { isKeyFor, isSignedWith, isSymmetric, JWS_ALGORITHMS, type Jws, parseJws } from "./jws.ts";
import { claimsProblem } from "./jwt-claims.ts";
import { headerName, liveValues, optionsOf, readOptions } from "./options.ts";
import { pemKey } from "./public-key.ts";
import { anything, nonEmptyList, oneOf, optional, type Read, text } from "./read-value.ts";
import {
  ACCEPTED,
  found,
  type Reading,
  type Refusal,
  refuse,
  type SignedRequest,
  type Verdict,
} from "./verdict.ts";

const schema = optionsOf({
  secret: liveValues,
  publicKey: liveValues,
  header: optional(headerName),
  value: anything,
  algorithms: optional(nonEmptyList(oneOf(JWS_ALGORITHMS))),
  issuer: optional(text),
  audience: optional(text),
  bodyHashClaim: optional(text),
});
type Options = Read<typeof schema>;

export function verifyJwt(given: unknown, request: SignedRequest): Verdict {
  const options = readOptions("jwt", schema, given);
  if (options.secret.length + options.publicKey.length === 0) {
    return refuse("no secret is configured");
  }
  const algorithms = pinnedAlgorithms(options);
  const keys = readKeys(options);
  if (keys.length === 0) {
    const isSecret = options.secret.length > 0;
    return refuse(
      `the configured ${isSecret ? "secret is" : "key is not"} a public key in PEM form`,
    );
  }
  const token = readToken(options, request);
  if (!token.ok) return token;
  const jws = parseJws(token.value);
  if (!jws.ok) return jws;
  return (
    signatureProblem(jws.value, algorithms, keys) ??
    claimsProblem(jws.value.payload, options, request) ??
    ACCEPTED
  );
}

/** The script pins the algorithms: a sender who may choose can choose a weaker one. */
function pinnedAlgorithms({ secret, publicKey, algorithms }: Options) {
  if (secret.length > 0 && publicKey.length > 0) {
    throw new TypeError("ctx.verify.jwt: secret and publicKey were given, expected only one");
  }
  if (algorithms === undefined && publicKey.length > 0) {
    throw new TypeError("ctx.verify.jwt: publicKey was given, so algorithms was expected too");
  }
  const pinned = algorithms ?? (["HS256"] as const);
  const misfit = pinned.find((algorithm) => isSymmetric(algorithm) !== secret.length > 0);
  if (misfit === undefined) return pinned;
  const [key, other] = isSymmetric(misfit) ? ["secret", "publicKey"] : ["publicKey", "secret"];
  throw new TypeError(`ctx.verify.jwt: ${misfit} needs a ${key}, a ${other} was given`);
}

/**
 * Ignores a public key that was configured as a secret: everyone who knows it could sign. It is recognised by its
 * marker, since an indented or escaped one does not parse but is just as public.
 */
function readKeys({ secret, publicKey }: Options): readonly KeyObject[] {
  const secrets = secret
    .filter((text) => !text.includes("-----BEGIN "))
    .map((text) => createSecretKey(text, "utf8"));
  return [...secrets, ...publicKey.map(pemKey).filter((key) => key !== undefined)];
}

function readToken({ header, value }: Options, request: SignedRequest): Reading<string> {
  if (header !== undefined && value !== undefined)
    throw new TypeError("ctx.verify.jwt: header and value were given, expected only one");
  if (value !== undefined)
    return typeof value === "string" && value !== ""
      ? found(value)
      : refuse("the token is missing");
  const name = header ?? "authorization";
  return name.toLowerCase() === "authorization"
    ? readCredentials(request, name, "Bearer")
    : readHeader(request, name);
}

function signatureProblem(
  jws: Jws,
  algorithms: NonNullable<Options["algorithms"]> | readonly ["HS256"],
  keys: readonly KeyObject[],
): Refusal | undefined {
  const algorithm = algorithms.find((name) => name === jws.algorithm);
  if (algorithm === undefined) {
    return refuse(`the token names another algorithm than ${algorithms.join(", ")}`);
  }
  const usable = keys.filter((key) => isKeyFor(algorithm, key));
  if (usable.length === 0) return refuse(`no configured key is one for ${algorithm}`);
  return usable.some((key) => isSignedWith(algorithm, key, jws))
    ? undefined
    : refuse("the signature of the token does not match");
}
