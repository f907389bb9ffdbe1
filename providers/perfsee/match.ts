/** Perfsee: a GitHub-like signature, and the event type inside the signed body. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-perfsee-event"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-perfsee-signature-256",
    prefix: "sha256=",
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-perfsee-delivery"];

/** Perfsee writes both `bundle:finished` and `bundle-finished`. The header has the type too, but is not signed. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const { eventType: type } = Object(event.payload);
  return typeof type === "string" ? type.replaceAll(":", "-") : undefined;
};
