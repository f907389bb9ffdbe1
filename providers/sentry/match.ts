/** Sentry. The time in its headers is not signed, so it is not checked. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean =>
  event.headers["sentry-hook-resource"] !== undefined;

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({ secret: ctx.properties["secret"], header: "sentry-hook-signature" });

export const deliveryId = (event: WebhookEvent): string | undefined => event.headers["request-id"];

/** Only a header names the resource; the signed body names the action. */
export const eventType = ({ headers, payload }: WebhookEvent): string => {
  const { action } = Object(payload);
  const resource = headers["sentry-hook-resource"] ?? "";
  return typeof action === "string" ? `${resource} ${action}` : resource;
};
