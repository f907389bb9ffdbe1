/** The npm registry. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-npm-signature"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-npm-signature",
    prefix: "sha256=",
  });

/** A delivery has no id. The body has its time, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

export const eventType = (event: WebhookEvent): string | undefined => {
  const { event: name } = Object(event.payload);
  return typeof name === "string" ? name : undefined;
};
