/** Linear puts the time into the signed body, in milliseconds. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["linear-signature"] !== undefined;

export const verify = (event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "linear-signature",
    timestamp: {
      value: Object(event.payload).webhookTimestamp,
      unit: "milliseconds",
      toleranceSeconds: 60,
    },
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["linear-delivery"];

/** A header has the same id, but is not signed. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const { type, action } = Object(event.payload);
  return [type, action].filter((part) => typeof part === "string").join(" ") || undefined;
};
