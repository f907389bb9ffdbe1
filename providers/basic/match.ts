/** A sender with basic authentication. It vouches for the sender, not for the content. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Without a URI of its own it would claim everybody's messages. */
export default ({ uri }: WebhookEvent, ctx: MatchContext): boolean =>
  uri !== "" && uri === ctx.properties["uri"];

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { username, password } = ctx.properties;
  return ctx.verify.basic({ username, password });
};
