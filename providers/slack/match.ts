/** Slack signs version, time and body, forms too. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-slack-signature"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-slack-signature",
    prefix: "v0=",
    timestamp: { header: "x-slack-request-timestamp" },
    content: "v0:{timestamp}:{body}",
  });

/** Slack validates the address once with a signed request. */
export const handshake = (event: WebhookEvent, ctx: MatchContext) => {
  const challenge = text(event, "challenge");
  return text(event, "type") === "url_verification" && challenge && verify(event, ctx).ok
    ? {
        status: 200,
        headers: { "content-type": "text/plain", "x-content-type-options": "nosniff" },
        body: challenge,
      }
    : undefined;
};

/** Slash commands and interactivity have no event. */
export const deliveryId = (event: WebhookEvent): string | undefined =>
  text(event, "event_id") ?? text(event, "trigger_id");

export const eventType = (event: WebhookEvent): string | undefined => {
  const { type } = Object(Object(event.payload).event);
  return typeof type === "string" ? type : (text(event, "command") ?? text(event, "type"));
};

/** A text of the payload, which may be any JSON or none. */
const text = (event: WebhookEvent, key: string): string | undefined => {
  const value: unknown = Object(event.payload)[key];
  return typeof value === "string" ? value : undefined;
};
