/** SendGrid signs time and body with a key of its own for each webhook. Its body is a list of events. */
import type { MatchContext, WebhookEvent } from "hookyard";

const SIGNATURE = "x-twilio-email-event-webhook-signature";

export default (event: WebhookEvent): boolean => event.headers[SIGNATURE] !== undefined;

/** The time is not judged: SendGrid tries for days, and does not say whether it signs anew each time. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.ecdsa({
    publicKey: ctx.properties["publicKey"],
    signatureHeader: SIGNATURE,
    timestampHeader: "x-twilio-email-event-webhook-timestamp",
  });

/** Nothing names a delivery; each event in the list has an id, so equal bodies are the same one. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

/** Of a list of several kinds, the first. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const [first] = [event.payload].flat();
  const { event: name } = Object(first);
  return typeof name === "string" ? name : undefined;
};
