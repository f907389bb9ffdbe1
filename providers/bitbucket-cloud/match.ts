/** Bitbucket Cloud. It names every hook by a UUID, which Bitbucket Data Center does not. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default ({ headers }: WebhookEvent): boolean =>
  headers["x-event-key"] !== undefined && headers["x-hook-uuid"] !== undefined;

/** Elsewhere this header has SHA-1. Here it has SHA-256, and the prefix is required. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-hub-signature",
    prefix: "sha256=",
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-request-uuid"];

/** Only a header names the event, and it is not signed. */
export const eventType = (event: WebhookEvent): string | undefined => event.headers["x-event-key"];
