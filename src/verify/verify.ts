/** The host's side of `ctx.verify`: is this request from who it says, judged on the exact received bytes. */
import { verifyAddress } from "./address.ts";
import { verifyBasic } from "./basic.ts";
import { verifyEcdsa } from "./ecdsa.ts";
import { verifyEd25519 } from "./ed25519.ts";
import { verifyHmac } from "./hmac.ts";
import { verifyJwt } from "./jwt.ts";
import { verifyStandardWebhooks } from "./standard-webhooks.ts";
import { verifyToken } from "./token.ts";
import type { SignedRequest, Verdict } from "./verdict.ts";

export type { SignedRequest, Verdict } from "./verdict.ts";

const SCHEMES: ReadonlyMap<string, (options: unknown, request: SignedRequest) => Verdict> = new Map(
  Object.entries({
    hmac: verifyHmac,
    standardWebhooks: verifyStandardWebhooks,
    ed25519: verifyEd25519,
    ecdsa: verifyEcdsa,
    jwt: verifyJwt,
    basic: verifyBasic,
    token: verifyToken,
    address: verifyAddress,
  }),
);

/**
 * A request that does not fit is a verdict with its reason, whatever was sent. Throws a `TypeError` for options that
 * are a mistake of the script's author.
 */
export function verify(scheme: string, options: unknown, request: SignedRequest): Verdict {
  const check = SCHEMES.get(scheme);
  if (check !== undefined) return check(options, request);
  const known = [...SCHEMES.keys()].join(", ");
  throw new TypeError(`ctx.verify: found scheme ${JSON.stringify(scheme)}, expected ${known}`);
}
