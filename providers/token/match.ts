/** A sender that sends a shared token. It proves the sender, not the content. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** The provider needs a URI: without one it would match the messages of all senders. */
export default ({ uri }: WebhookEvent, ctx: MatchContext): boolean =>
  uri !== "" && uri === ctx.properties["uri"];

export const verify = (event: WebhookEvent, ctx: MatchContext) => {
  const { token: secret, header, prefix, query } = ctx.properties;
  if (query) return ctx.verify.token({ secret, value: event.query[query], prefix: prefix ?? "" });
  return header
    ? ctx.verify.token({ secret, header, prefix: prefix ?? "" })
    : ctx.verify.token({ secret, header: "authorization", prefix: prefix || "Bearer " });
};
