/** A sender that sends a shared token. It vouches for the sender, not for the content. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Without a URI of its own it would claim everybody's messages. */
export default ({ uri }: WebhookEvent, ctx: MatchContext): boolean =>
  uri !== "" && uri === ctx.properties["uri"];

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const { token: secret, header, prefix, query } = ctx.properties;
  if (query) return ctx.verify.token({ secret, value: event.query[query], prefix: prefix ?? "" });
  return header
    ? ctx.verify.token({ secret, header, prefix: prefix ?? "" })
    : ctx.verify.token({ secret, header: "authorization", prefix: prefix || "Bearer " });
};
