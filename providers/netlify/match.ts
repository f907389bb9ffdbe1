/** Netlify sends a signed token that holds the hash of the body. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Other senders use this header too, but only a token has three parts. */
export default (event: WebhookEvent): boolean =>
  /^[\w-]+\.[\w-]+\.[\w-]+$/.test(event.headers["x-webhook-signature"] ?? "");

export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.jwt({
    secret: ctx.properties["secret"],
    header: "x-webhook-signature",
    algorithms: ["HS256"],
    issuer: "netlify",
    bodyHashClaim: "sha256",
  });

/** Netlify sends one message for each state of a deploy. */
export const deliveryId = (event: WebhookEvent): string | undefined => {
  const { id, state } = Object(event.payload);
  return typeof id === "string" ? `${id}/${state}` : undefined;
};

export const eventType = (event: WebhookEvent): string | undefined => {
  const { state } = Object(event.payload);
  return typeof state === "string" ? state : undefined;
};
