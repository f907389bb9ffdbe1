/** Square signs the configured address, then the body. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  event.headers["x-square-hmacsha256-signature"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-square-hmacsha256-signature",
    encoding: "base64",
    content: "{url}{body}",
    url: ctx.properties["url"],
  });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "event_id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "type");

/** A text of the payload, which may be any JSON or none. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
};
