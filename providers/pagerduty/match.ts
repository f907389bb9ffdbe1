/** PagerDuty sends one signature for each active secret. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  event.headers["x-pagerduty-signature"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-pagerduty-signature",
    signatures: "list",
    prefix: "v1=",
  });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "event_type");

/** A text of the event in the payload. The payload may be any JSON value, or missing. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(Object(event.payload).event)[key];
  return typeof value === "string" ? value : undefined;
};
