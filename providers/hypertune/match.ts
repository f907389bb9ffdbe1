/** Hypertune: one header with the signature; everything else is in the signed body. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  event.headers["x-hypertune-signature"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({ secret: ctx.properties["secret"], header: "x-hypertune-signature" });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "type");

/** A text of the payload, which may be any JSON or none. */
function text(event: WebhookEvent, key: string): string | undefined {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
}
