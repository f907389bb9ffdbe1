/** Discord signs with Ed25519, and tries the address with wrong signatures before it takes it. */
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

/** Interactions ask with type 1, webhook events with type 0; a webhook event of type 1 is no question. */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { type, event: inner } = Object(event.payload);
  const isQuestion = type === 0 || (type === 1 && inner === undefined);
  if (!isQuestion || !verify(event, ctx).ok) return undefined;
  return type === 0 ? { status: 204 } : { status: 200, body: { type: 1 } };
};

/** Webhook events have none. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { id } = Object(event.payload);
  return typeof id === "string" ? id : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { event: inner, data, type } = Object(event.payload);
  const name: unknown = Object(inner).type ?? Object(data).name;
  return typeof name === "string" ? name : `interaction ${type}`;
};
