/** Stripe lists a time and several signatures in one header. The whole secret is the key, whsec_ included. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["stripe-signature"] !== undefined;

/** Only v1 counts: v0 is for tests of Stripe. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "stripe-signature",
    signatures: "list",
    prefix: "v1=",
    timestamp: { key: "t" },
    content: "{timestamp}.{body}",
  });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "type");

/** A text of the payload. The payload may be any JSON value, or missing. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
};
