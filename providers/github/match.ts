/** GitHub signs the exact body; event and delivery are named only in headers it does not sign. */
import type { MatchContext, WebhookEvent } from "hookyard";

/** Forges that send GitHub's headers beside their own. */
const RELATIVES = ["x-forgejo-event", "x-gitea-event", "x-gogs-event"];

/** The user agent is not asked: it proves nothing, and a delivery repeated with curl is to be recognised too. */
export default (event: WebhookEvent): boolean =>
  event.headers["x-github-event"] !== undefined &&
  RELATIVES.every((name) => event.headers[name] === undefined);

/** The older SHA-1 signature is never accepted in its place. */
export const verify = (_event: WebhookEvent, ctx: MatchContext) =>
  ctx.verify.hmac({
    secret: ctx.properties["secret"],
    header: "x-hub-signature-256",
    prefix: "sha256=",
  });

/** Redelivering by hand keeps the id and is meant, and GitHub repeats nothing by itself: provider.json's window is short. */
export const deliveryId = (event: WebhookEvent): string | undefined =>
  event.headers["x-github-delivery"];

export const eventType = (event: WebhookEvent): string | undefined =>
  event.headers["x-github-event"];
