/**
 * Microsoft Teams signs in the Authorization header, with the security token decoded as the key, and waits for an
 * answer.
 */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Other senders may sign in that header too, so the body must be a message of a conversation. */
export default (event: WebhookEvent): boolean => {
  if (event.headers["authorization"]?.startsWith("HMAC ") !== true) return false;
  const { type, channelId, conversation } = Object(event.payload);
  return type === "message" && (channelId === "msteams" || typeof conversation === "object");
};

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    secretEncoding: "base64",
    header: "authorization",
    prefix: "HMAC ",
    encoding: "base64",
  });

export const deliveryId = (event: WebhookEvent): string | undefined => text(event, "id");

export const eventType = (event: WebhookEvent): string | undefined => text(event, "type");

/** A text of the payload, which may be any JSON or none. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
};
