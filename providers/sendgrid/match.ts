/** SendGrid signs time and body with a separate key for each webhook. Its body is a list of events. */
import type { MatchContext, WebhookEvent } from "hookyard";

const SIGNATURE = "x-twilio-email-event-webhook-signature";

export default (event: WebhookEvent): boolean => event.headers[SIGNATURE] !== undefined;

/** The age of the signature is not checked: SendGrid retries for days, and does not document whether it signs again. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.ecdsa({
    publicKey: ctx.properties["publicKey"],
    signatureHeader: SIGNATURE,
    timestampHeader: "x-twilio-email-event-webhook-timestamp",
  });

/** A delivery has no id. Each event in the list has one, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

/** The event of the first entry in the list. */
export const eventType = (event: WebhookEvent): string | undefined => {
  const [first] = [event.payload].flat();
  const { event: name } = Object(first);
  return typeof name === "string" ? name : undefined;
};
