/** The signature checks behind `ctx.verify`, by scheme. */
import { z } from "zod";
import { hmacSchema, verifyHmac } from "./hmac.ts";
import { jwtSchema, verifyJwt } from "./jwt.ts";
import { publicKeySchema, verifyEcdsa, verifyEd25519 } from "./public-key.ts";
import type { SignedRequest, Verdict } from "./request.ts";
import { basicSchema, tokenSchema, verifyBasic, verifyToken } from "./shared-secret.ts";
import { standardWebhooksSchema, verifyStandardWebhooks } from "./standard-webhooks.ts";

type Check = (options: unknown, request: SignedRequest) => Verdict;

/** Options come from scripts: a mistake in them is the author's, and names itself. */
const scheme =
  <T>(
    name: string,
    schema: z.ZodType<T>,
    check: (options: T, request: SignedRequest) => Verdict,
  ): Check =>
  (options, request) => {
    const parsed = schema.safeParse(options);
    if (parsed.success) return check(parsed.data, request);
    throw new TypeError(
      `ctx.verify.${name}: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`,
    );
  };

const SCHEMES: Readonly<Record<string, Check>> = {
  hmac: scheme("hmac", hmacSchema, verifyHmac),
  standardWebhooks: scheme("standardWebhooks", standardWebhooksSchema, verifyStandardWebhooks),
  ed25519: scheme("ed25519", publicKeySchema, verifyEd25519),
  ecdsa: scheme("ecdsa", publicKeySchema, verifyEcdsa),
  jwt: scheme("jwt", jwtSchema, verifyJwt),
  basic: scheme("basic", basicSchema, verifyBasic),
  token: scheme("token", tokenSchema, verifyToken),
};

/** Throws a TypeError for options that are a script author's mistake; whatever a sender does is a verdict. */
export function verify(name: string, options: unknown, request: SignedRequest): Verdict {
  const check = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (check === undefined) throw new TypeError(`there is no scheme ${JSON.stringify(name)}`);
  return check(options, request);
}
