/** Zoom signs version, time and body, and validates the address repeatedly. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  event.headers["x-zm-signature"] !== undefined ||
  (event.headers["x-zm-request-timestamp"] !== undefined && isValidation(event));

const isValidation = (event: WebhookEvent): boolean =>
  Object(event.payload).event === "endpoint.url_validation";

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-zm-signature",
    prefix: "v0=",
    timestamp: { header: "x-zm-request-timestamp" },
    content: "v0:{timestamp}:{body}",
  });

/**
 * The answer is signed with the key of messages. A token in this alphabet has no colon, so a handshake cannot be used
 * to sign a message.
 */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const { secret } = ctx.properties;
  if (!isValidation(event) || !secret) return undefined;
  if (event.headers["x-zm-signature"] !== undefined && !verify(event, ctx).ok) return undefined;
  const { plainToken } = Object(Object(event.payload).payload);
  if (typeof plainToken !== "string" || !/^[A-Za-z0-9_-]{1,128}$/.test(plainToken))
    return undefined;
  const encryptedToken = ctx.crypto.hmac("sha256", secret, plainToken);
  return { status: 200, body: { plainToken, encryptedToken } };
};

/** A delivery has no id. The signed body has the time of its event, so equal bodies are the same delivery. */
export const deliveryId = (event: WebhookEvent, ctx: MatchContext): string =>
  ctx.crypto.hash("sha256", event.rawBody);

export const eventType = (event: WebhookEvent): string | undefined => {
  const { event: name } = Object(event.payload);
  return typeof name === "string" ? name : undefined;
};
