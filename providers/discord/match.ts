/** Discord signs with Ed25519, and validates the address with wrong signatures first. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default ({ headers }: WebhookEvent): boolean =>
  headers["x-signature-ed25519"] !== undefined && headers["x-signature-timestamp"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.ed25519({
    publicKey: ctx.properties["publicKey"],
    signatureHeader: "x-signature-ed25519",
    timestampHeader: "x-signature-timestamp",
    toleranceSeconds: 300,
  });

/** Interactions send PING as type 1, webhook events as type 0. A webhook event of type 1 is no PING. */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { type, event: inner } = Object(event.payload);
  const isPing = type === 0 || (type === 1 && inner === undefined);
  if (!isPing || !verify(event, ctx).ok) return undefined;
  return type === 0 ? { status: 204 } : { status: 200, body: { type: 1 } };
};

/** Webhook events have no id. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { id } = Object(event.payload);
  return typeof id === "string" ? id : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { event: inner, data, type } = Object(event.payload);
  const name: unknown = Object(inner).type ?? Object(data).name;
  return typeof name === "string" ? name : `interaction ${type}`;
};
