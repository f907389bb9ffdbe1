/** A sender that sends a JSON Web Token. It vouches for the content only by a claim with its hash. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Without a URI of its own it would claim everybody's messages. */
export default ({ uri }: WebhookEvent, ctx: MatchContext): boolean =>
  uri !== "" && uri === ctx.properties["uri"];

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { secret, header, issuer, audience, bodyHashClaim } = ctx.properties;
  return ctx.verify.jwt({
    secret,
    algorithms: ["HS256"],
    ...(header ? { header } : {}),
    ...(issuer ? { issuer } : {}),
    ...(audience ? { audience } : {}),
    ...(bodyHashClaim ? { bodyHashClaim } : {}),
  });
};
