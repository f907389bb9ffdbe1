/** The host's side of `ctx.verify`: verifies on the exact received bytes that the request comes from the sender. */
import { verifyAddress } from "./address.ts";
import { verifyBasic } from "./basic.ts";
import { verifyEcdsa } from "./ecdsa.ts";
import { verifyEd25519 } from "./ed25519.ts";
import { verifyHmac } from "./hmac.ts";
import { verifyJwt } from "./jwt.ts";
import { withSecretHint } from "./secret-hint.ts";
import { verifyStandardWebhooks } from "./standard-webhooks.ts";
import { verifyToken } from "./token.ts";
import type { SignedRequest, Verdict } from "./verdict.ts";

export type { SignedRequest, Verdict } from "./verdict.ts";

export type Check = (options: unknown, request: SignedRequest) => Verdict;

export const SCHEMES = {
  hmac: verifyHmac,
  standardWebhooks: verifyStandardWebhooks,
  ed25519: verifyEd25519,
  ecdsa: verifyEcdsa,
  jwt: verifyJwt,
  basic: verifyBasic,
  token: verifyToken,
  address: verifyAddress,
} as const satisfies Readonly<Record<string, Check>>;

const CHECKS: ReadonlyMap<string, Check> = new Map(Object.entries(SCHEMES));

/**
 * A request that does not fit is a verdict with its reason, whatever was sent. Throws a `TypeError` for options that
 * are a mistake of the script's author.
 */
export function verify(scheme: string, options: unknown, request: SignedRequest): Verdict {
  const check = CHECKS.get(scheme);
  if (check !== undefined) return withSecretHint(check(options, request), options);
  const known = [...CHECKS.keys()].join(", ");
  throw new TypeError(`ctx.verify: found scheme ${JSON.stringify(scheme)}, expected ${known}`);
}
