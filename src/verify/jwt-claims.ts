/** Compares the claims of a token with the expected ones. Called only after its signature was verified. */
import { createHash } from "node:crypto";
import { hexBytes, sameBytes } from "./encoding.ts";
import { candidateBodies } from "./signed-content.ts";
import { type Refusal, refuse, type SignedRequest } from "./verdict.ts";

/** Allowed difference between clocks. */
const LEEWAY_MS = 60_000;

type Claims = Readonly<Record<string, unknown>>;

export interface ExpectedClaims {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly bodyHashClaim?: string | undefined;
}

/** Why the token is refused; undefined if it is accepted. */
export function claimsProblem(
  claims: Claims,
  expected: ExpectedClaims,
  request: SignedRequest,
): Refusal | undefined {
  const { issuer, audience, bodyHashClaim } = expected;
  if (issuer !== undefined && claims["iss"] !== issuer) {
    return refuse("the token names another issuer, or none");
  }
  if (audience !== undefined && ![claims["aud"]].flat().includes(audience)) {
    return refuse("the token is meant for another audience, or for none");
  }
  const problem = timeProblem(claims, request.judgedAt);
  if (problem !== undefined || bodyHashClaim === undefined) return problem;
  return holdsBodyHash(claims[bodyHashClaim], request)
    ? undefined
    : refuse(`the claim ${bodyHashClaim} is not the SHA-256 of the body in hex`);
}

function timeProblem(claims: Claims, judgedAt: number): Refusal | undefined {
  const { exp, nbf } = claims;
  if ([exp, nbf].some((time) => time !== undefined && typeof time !== "number")) {
    return refuse("the token is malformed: exp and nbf must be numbers");
  }
  if (typeof exp === "number" && judgedAt - LEEWAY_MS >= exp * 1000) {
    return refuse("the token has expired");
  }
  if (typeof nbf === "number" && judgedAt + LEEWAY_MS < nbf * 1000) {
    return refuse("the token is not valid yet");
  }
  return undefined;
}

function holdsBodyHash(claim: unknown, request: SignedRequest): boolean {
  const given = typeof claim === "string" ? hexBytes(claim) : undefined;
  if (given === undefined) return false;
  return candidateBodies(request).some((body) =>
    sameBytes(createHash("sha256").update(body).digest(), given),
  );
}
