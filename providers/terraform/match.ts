/** Terraform signs with SHA-512, and sends a test message to validate the address. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  event.headers["x-tfe-notification-signature"] !== undefined ||
  event.headers["user-agent"]?.startsWith("TFE/") === true;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-tfe-notification-signature",
    algorithm: "sha512",
  });

const firstOf = (event: WebhookEvent) => Object(Object(event.payload).notifications?.[0]);

export const handshake = (event: WebhookEvent, ctx: MatchContext) =>
  firstOf(event).trigger === "verification" && verify(event, ctx).ok ? { status: 200 } : undefined;

/** A run is reported once for each of its states. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { run_id: run } = Object(event.payload);
  const { trigger, run_updated_at: updatedAt } = firstOf(event);
  return typeof run === "string" ? [run, trigger, updatedAt].join("/") : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { trigger } = firstOf(event);
  return typeof trigger === "string" ? trigger : undefined;
};
