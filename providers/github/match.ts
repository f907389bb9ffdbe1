/** GitHub signs the exact body. Only unsigned headers name the event and the delivery. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Forges that send GitHub's headers beside their own. */
const RELATIVES = ["x-forgejo-event", "x-gitea-event", "x-gogs-event"];

/** The user agent does not count: it proves nothing, and a delivery repeated with curl should match too. */
export default (event: WebhookEvent): boolean =>
  event.headers["x-github-event"] !== undefined &&
  RELATIVES.every((name) => event.headers[name] === undefined);

/** The older SHA-1 signature is not accepted. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-hub-signature-256",
    prefix: "sha256=",
  });

/**
 * The dedupe window is short: GitHub repeats nothing by itself, and an operator who redelivers by hand keeps the id.
 */
export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-github-delivery"];

export const eventType = (event: WebhookEvent): string | undefined =>
  event.headers["x-github-event"];
