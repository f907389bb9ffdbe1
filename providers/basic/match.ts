/** Any sender with basic authentication, which proves the sender but not the content. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** The provider needs a URI: without one it would match the messages of all senders. */
export default ({ uri }: WebhookEvent, ctx: MatchContext): boolean =>
  uri !== "" && uri === ctx.properties["uri"];

export const verify = (_event: WebhookEvent, ctx: MatchContext) => {
  const { username, password } = ctx.properties;
  return ctx.verify.basic({ username, password });
};
