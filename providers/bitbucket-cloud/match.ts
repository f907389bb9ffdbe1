/** Bitbucket Cloud. It names every hook by a UUID, which Bitbucket Data Center does not. */
import type { MatchContext, WebhookEvent } from "hookyard";

export default ({ headers }: WebhookEvent): boolean =>
  headers["x-event-key"] !== undefined && headers["x-hook-uuid"] !== undefined;

/** The header that holds SHA-1 elsewhere holds SHA-256 here; the prefix is pinned. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-hub-signature",
    prefix: "sha256=",
  });

export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-request-uuid"];

/** Named only in a header, which is not signed. */
export const eventType = (event: WebhookEvent): string | undefined => event.headers["x-event-key"];
