/** A sender that sends a JSON Web Token. It proves the content only with a claim that has the hash of the body. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** The provider needs a URI: without one it would match the messages of all senders. */
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
